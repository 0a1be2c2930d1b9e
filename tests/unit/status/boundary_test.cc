// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <random>

#include "known_queue.h"
#include "status/http_head.h"
#include "status/server.h"

namespace contimg::status {
namespace {

// As the server does it: what the judge lets through goes to the library.
std::string sent(Service& service, const std::string& bytes) {
  const auto end = head_end(bytes);
  if (!end) return plain_refusal(431);
  const HttpHead head = judge_head(bytes.substr(0, *end));
  if (head.refusal != 0) return plain_refusal(head.refusal);
  return answer_bytes(service, bytes.substr(0, *end + head.body_byte), "127.0.0.1", false);
}

int code_of(const std::string& answer) {
  if (answer.rfind("HTTP/1.1 ", 0) != 0) return 0;
  return std::stoi(answer.substr(9, 3));
}

TEST(Boundary, PathsThatClimbLeadNowhere) {
  KnownQueue known("climb");
  Service service(known.options());
  for (const char* path :
       {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd",
        "/api/v1/logs/..%2f..%2fetc%2fpasswd", "/api/v1/images/..%2f1/picture",
        "/api/v1/cal/..%2f..%2fetc%2fpasswd", "/app.js%00.png", "/%00", "//etc/passwd",
        "/api/v1/cal//etc/passwd", "/api/v1/sources/..%2f..%2fetc/lightcurve"}) {
    const std::string answer =
        sent(service, std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_GE(code_of(answer), 400) << path;
    EXPECT_EQ(answer.find("root:"), std::string::npos) << path;
  }
}

TEST(Boundary, NothingThatIsSentBecomesAHeader) {
  KnownQueue known("inject");
  Service service(known.options());
  const std::string answer =
      sent(service,
           "GET /api/v1/groups/a%0d%0aSet-Cookie:%20x=1 HTTP/1.1\r\nHost: localhost\r\n"
           "Origin: http://a%0d%0aX: y\r\n\r\n");
  EXPECT_EQ(answer.substr(0, answer.find("\r\n\r\n")).find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(code_of(answer), 400);
}

// Found by fuzzing: half of a JSON, with the status of a whole one.
TEST(Boundary, AnswersAreWholeWhateverRangeIsAskedFor) {
  KnownQueue known("range");
  Service service(known.options());
  for (const char* range : {"Range: bytes=0-3", "RANGE:bytes=5-", "range: bytes=-2", "Range: x"}) {
    for (const char* path : {"/api/status", "/nothing"}) {
      const std::string head = std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n";
      const std::string whole = sent(service, head + "\r\n");
      const std::string asked = sent(service, head + range + "\r\n\r\n");
      EXPECT_EQ(code_of(asked), code_of(whole)) << range;
      EXPECT_EQ(asked.size(), whole.size()) << range << asked;
    }
  }
  // A body that looks like one stays.
  EXPECT_EQ(code_of(sent(service,
                         "POST /api/streaming/stop HTTP/1.1\r\nHost: localhost\r\n"
                         "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n"
                         "Range: bytes=0")),
            400);
}

TEST(Boundary, EveryAnswerHasTheSecurityHeaders) {
  KnownQueue known("headers");
  Service service(known.options());
  for (const char* request : {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                              "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n",
                              "GET /api/status HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                              "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    const std::string answer = sent(service, request);
    for (const char* header : {"X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
                               "Content-Security-Policy: default-src 'none'"})
      EXPECT_NE(answer.find(header), std::string::npos) << request << header;
    EXPECT_EQ(answer.find("Access-Control-Allow-Origin"), std::string::npos);
  }
}

TEST(Boundary, MarkupInWhatIsStoredComesBackAsText) {
  KnownQueue known("markup");
  Service service(known.options());
  const std::string answer =
      sent(service, "GET /api/v1/groups HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(answer.find("Content-Type: application/json"), std::string::npos);
  EXPECT_NE(answer.find("a <b>bad</b> file"), std::string::npos);
  EXPECT_NE(answer.find("nosniff"), std::string::npos);
}

std::string mutated(std::string bytes, std::mt19937& random) {
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  static const char* const pieces[] = {
      "\r\n", "\r\n\r\n", ":", " ",           "%",  "%00",         "..",   "/",
      "{",    "}",        "[", "\"",          "\\", "\0",          "\xff", "Content-Length: 5\r\n",
      "?",    "&",        "=", "Host: x\r\n", "-1", "99999999999", "null", "Range: bytes=0-1\r\n"};
  for (std::size_t i = 0, n = 1 + pick(6); i < n && !bytes.empty(); ++i) {
    const std::size_t at = pick(bytes.size());
    switch (pick(4)) {
      case 0:
        bytes[at] = static_cast<char>(pick(256));
        break;
      case 1:
        bytes.erase(at, 1 + pick(8));
        break;
      case 2:
        bytes.insert(at, pieces[pick(std::size(pieces))]);
        break;
      default:
        bytes.insert(at, bytes.substr(pick(bytes.size()), pick(40)));
    }
  }
  return bytes;
}

// Also built with sanitizers (make test-sanitize), where a fault ends it.
TEST(Boundary, WhateverIsSentIsAnsweredAndNothingIsChanged) {
  KnownQueue known("fuzz");
  Service service(known.options());
  const std::string seeds[] = {
      "GET /api/v1/conversion/pending?complete_only=true&limit=5 HTTP/1.1\r\nHost: "
      "localhost\r\n\r\n",
      "GET /api/v1/conversion/status/2027-01-15T06:05:00 HTTP/1.1\r\nHost: localhost\r\n"
      "Accept: */*\r\nRange: bytes=0-3\r\n\r\n",
      "POST /api/v1/conversion/convert HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
      "application/json\r\n"
      "Authorization: Bearer guessed-token-0123456789\r\nContent-Length: 30\r\n\r\n"
      "{\"group_ids\": [\"2027-01-15T06\"]}",
      "POST /api/v1/conversion/convert HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
      " multipart/form-data; boundary=x\r\nContent-Length: 40\r\n\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"a\"",
      "GET /api/v1/cal//data/caltables/a.K HTTP/1.1\r\nHost: localhost\r\nOrigin: "
      "http://a\r\n\r\n"};
  std::mt19937 random(20270115);
  for (int i = 0; i < 20000; ++i) {
    const std::string request =
        mutated(seeds[static_cast<std::size_t>(i) % std::size(seeds)], random);
    const int code = code_of(sent(service, request));
    ASSERT_TRUE(code >= 200 && code < 600 && code != 500) << code << "\n" << request;
  }
  EXPECT_EQ(known.jobs->database().integer("SELECT count(*) FROM command"), 0);
  EXPECT_EQ(known.jobs->database().integer("SELECT count(*) FROM ingest_queue WHERE priority <> 0"),
            0);
}

}  // namespace
}  // namespace contimg::status
