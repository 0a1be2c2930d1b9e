// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/http_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <cstring>

#include "base/error.h"
#include "status/connection.h"
#include "status/http_head.h"

namespace contimg::status {
namespace {

constexpr int kBacklog = 512;
constexpr std::size_t kMostRequests = 1000000;  // of one connection: not bounded

// Set where a connection is accepted for which there is no thread.
thread_local bool turned_away = false;

/// What the library reads a request from, and writes its answer to.
class TextStream : public httplib::Stream {
 public:
  TextStream(const std::string& request, std::string peer)
      : request_(request), peer_(std::move(peer)) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override {
    const std::size_t n = std::min(size, request_.size() - at_);
    std::memcpy(to, request_.data() + at_, n);
    at_ += n;
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, size_t size) override {
    answer_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = peer_;
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return 0; }
  const std::string& answer() const { return answer_; }

 private:
  const std::string& request_;
  const std::string peer_;
  std::size_t at_ = 0;
  std::string answer_;
};

/// The library's queue of work, for which each connection runs on a thread of the crew.
class CrewQueue : public httplib::TaskQueue {
 public:
  explicit CrewQueue(Crew& crew) : crew_(crew) {}
  void enqueue(std::function<void()> work) override {
    if (crew_.run(work)) return;
    turned_away = true;
    work();
    turned_away = false;
  }
  void shutdown() override {}

 private:
  Crew& crew_;
};

// The library would cut what is answered to what Range asks for and leave its status as it was, also of a
// refusal: half of a JSON as if it were whole. Everybody may be answered in full.
std::string without_range(const std::string& request) {
  const std::string range = "range:";
  const std::size_t head = head_end(request).value_or(request.size());
  std::string result;
  std::size_t begin = 0;
  while (begin < head) {
    const std::size_t end = std::min(request.find("\r\n", begin), head - 2) + 2;
    if (!boost::algorithm::istarts_with(request.substr(begin, range.size()), range))
      result.append(request, begin, end - begin);
    begin = end;
  }
  return result.append(request, head, std::string::npos);
}

Request request_of(const httplib::Request& from, const std::string& peer) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  request.peer = peer;
  request.body = from.body;
  for (const auto& [name, value] : from.params) request.query.emplace_back(name, value);
  for (const auto& [name, value] : from.headers)
    request.headers.emplace(boost::algorithm::to_lower_copy(name), value);
  return request;
}

void set_answer(const Answer& answer, httplib::Response& to) {
  to.status = answer.status;
  for (const auto& [name, value] : answer.headers) to.set_header(name.c_str(), value);
  if (answer.type.empty()) return;
  to.set_content(answer.body, answer.type.c_str());
}

httplib::Headers common_headers() {
  httplib::Headers headers;
  const std::string lines = security_headers();
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find("\r\n", begin), colon = lines.find(": ", begin);
    headers.emplace(lines.substr(begin, colon - begin), lines.substr(colon + 2, end - colon - 2));
    begin = end + 2;
  }
  headers.emplace("Vary", "Origin");
  return headers;
}

}  // namespace

Crew::~Crew() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Crew::run(std::function<void()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (n_busy_ >= most_) return false;
    ++n_busy_;
    work_.push_back(std::move(work));
    if (threads_.size() < n_busy_) threads_.emplace_back([this] { live(); });
  }
  changed_.notify_one();
  return true;
}

void Crew::live() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ended_ || !work_.empty(); });
    if (work_.empty()) return;
    const std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
    lock.lock();
    --n_busy_;
    changed_.notify_all();
  }
}

void Crew::finish() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return n_busy_ == 0; });
}

HttpServer::HttpServer(Service& service, bool health_only, const ServerLimits& limits, Crew* crew,
                       std::function<bool()> stopped)
    : service_(service), health_only_(health_only), limits_(limits), stopped_(std::move(stopped)) {
  if (crew != nullptr) new_task_queue = [crew] { return new CrewQueue(*crew); };
  set_default_headers(common_headers());
  set_payload_max_length(kMostBodyByte);
  set_keep_alive_timeout(static_cast<time_t>(limits.idle_s));
  set_keep_alive_max_count(kMostRequests);
  const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
    set_answer(service_.answer(request_of(request, request.remote_addr), health_only_), response);
  };
  for (const auto add : {&httplib::Server::Get, &httplib::Server::Options})
    (this->*add)("[^]*", handler);
  Post("[^]*", handler);
  Put("[^]*", handler);
  Patch("[^]*", handler);
  Delete("[^]*", handler);
}

void HttpServer::bind(const std::string& address, int port) {
  // SO_REUSEPORT, which the library would set, lets a second server take the same port unseen.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  if (!bind_to_port(address, port))
    throw TemporaryError(address + ":" + std::to_string(port) +
                         ": cannot be listened on, expected a free port and an address of this "
                         "machine; --serve-port, --serve-also and --health-port choose others");
  // The library's own backlog is too short for many clients that come at once.
  ::listen(svr_sock_, kBacklog);
}

std::string HttpServer::answer(const std::string& request, const std::string& peer) {
  const std::string whole = without_range(request);
  TextStream stream(whole, peer);
  bool closed = false;
  process_request(stream, false, closed, nullptr);
  return stream.answer();
}

bool HttpServer::serve_one(Connection& connection, const std::string& peer, std::string& bytes) {
  using Reading = Connection::Reading;
  if (bytes.empty() && !connection.await(limits_.idle_s, stopped_)) return false;
  const double deadline_s = steady_now_s() + limits_.request_s;
  const auto refuse = [&](int status) {
    connection.send_all(plain_refusal(status), steady_now_s() + limits_.answer_s);
    connection.finish();
    return false;
  };
  const auto has_head = [](const std::string& text) { return head_end(text).has_value(); };
  const Reading reading = connection.read_until(bytes, has_head, kMostHeadByte + 4, deadline_s);
  if (reading == Reading::ended) return false;
  if (reading == Reading::late) return refuse(408);
  const auto end = head_end(bytes);
  if (!end) return refuse(431);
  const HttpHead head = judge_head(bytes.substr(0, *end));
  if (head.refusal != 0) return refuse(head.refusal);
  const std::size_t whole = *end + head.body_byte;
  if (head.expects_continue && bytes.size() < whole)
    connection.send_all("HTTP/1.1 100 Continue\r\n\r\n", deadline_s);
  const auto has_body = [&](const std::string& text) { return text.size() >= whole; };
  const Reading rest =
      connection.read_until(bytes, has_body, std::max(whole, bytes.size()), deadline_s);
  if (rest == Reading::ended) return false;
  if (rest == Reading::late) return refuse(408);
  const std::string request = bytes.substr(0, whole);
  bytes.erase(0, whole);
  if (!connection.send_all(answer(request, peer), steady_now_s() + limits_.answer_s)) return false;
  if (!head.keep_alive) connection.finish();
  return head.keep_alive && !stopped_();
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  Connection connection(socket);
  if (turned_away) {
    connection.send_all(plain_refusal(503), steady_now_s() + 0.1);
    return true;
  }
  const std::string peer = connection.peer();
  for (std::string bytes; serve_one(connection, peer, bytes);) {
  }
  return true;
}

}  // namespace contimg::status
