// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP requests to a status server with a small queue (lib/status): the judge of heads, the boundary to
// the HTTP library, routes, queries, bodies. Whatever comes, the answer is one that the API documents.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness.h"
#include "spdlog/spdlog.h"
#include "status/http_head.h"
#include "status/known_queue.h"
#include "status/server.h"

using namespace contimg;

namespace {

constexpr int kRequestsOfOneQueue = 500;

struct Served {
  Served() : known("fuzzed-queue"), service(known.options()) {
    spdlog::set_level(spdlog::level::off);
  }
  status::KnownQueue known;
  status::Service service;
};

// A queue that requests have changed is given up after a while.
status::Service& service() {
  static std::unique_ptr<Served> served;
  static int n = 0;
  if (n++ % kRequestsOfOneQueue == 0) {
    served.reset();
    std::filesystem::remove_all(scratch("fuzzed-queue"));
    served = std::make_unique<Served>();
  }
  return served->service;
}

// docs/formats/api.md.
void check_status(int status) {
  static const std::vector<int> documented = {200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409,
                                              411, 413, 414, 415, 417, 429, 431, 501, 503, 505};
  fuzz::require(std::find(documented.begin(), documented.end(), status) != documented.end(),
                "the status " + std::to_string(status) + " is documented");
}

std::string header_of(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + 4 + name.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

void check_answer(const std::string& answer, bool is_head) {
  fuzz::require(answer.rfind("HTTP/1.1 ", 0) == 0, "an answer begins with its status");
  check_status(std::stoi(answer.substr(9, 3)));
  const std::size_t end = answer.find("\r\n\r\n");
  fuzz::require(end != std::string::npos, "an answer has a head");
  const std::string head = answer.substr(0, end + 2), body = answer.substr(end + 4);
  for (const char c : head)
    fuzz::require((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\r' || c == '\n',
                  "no control characters in a head");
  fuzz::require(head.find("X-Content-Type-Options: nosniff") != std::string::npos,
                "every answer has the security headers");
  const std::string length = header_of(head, "Content-Length");
  if (!is_head && !length.empty())
    fuzz::require(std::stoul(length) == body.size(), "a body is as long as was told");
  if (!header_of(head, "Content-Encoding").empty()) return;
  if (!is_head && !body.empty() &&
      header_of(head, "Content-Type").rfind("application/json", 0) == 0)
    fuzz::require(nlohmann::json::accept(body), "JSON is well formed: " + body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto end = status::head_end(bytes);
  if (!end) return 0;
  const status::HttpHead head = status::judge_head(bytes.substr(0, *end));
  if (head.refusal != 0) {
    check_answer(status::plain_refusal(head.refusal), false);
    return 0;
  }
  const std::size_t whole = *end + head.body_byte;
  if (bytes.size() < whole) return 0;
  check_answer(status::answer_bytes(service(), bytes.substr(0, whole), "127.0.0.1", size % 16 == 0),
               bytes.rfind("HEAD ", 0) == 0);
  return 0;
}
