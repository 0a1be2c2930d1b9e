// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "status/cache.h"
#include "status/http_head.h"
#include "status/rate.h"

namespace contimg::status {
namespace {

TEST(RateLimit, LetsABurstThroughAndThenTheRate) {
  RateLimit limit(10, 20);
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += limit.take("a", 1, 5.0);
  EXPECT_EQ(taken, 20);
  EXPECT_TRUE(limit.take("b", 1, 5.0));
  taken = 0;
  for (int i = 0; i < 100; ++i) taken += limit.take("a", 1, 6.0);
  EXPECT_EQ(taken, 10);
  taken = 0;
  for (int i = 0; i < 100; ++i) taken += limit.take("a", 1, 1000.0);
  EXPECT_EQ(taken, 20);
  EXPECT_FALSE(limit.take("a", 1, 900.0));  // a clock that went back gives nothing
}

TEST(RateLimit, RemembersNoMoreClientsThanItMay) {
  RateLimit limit(1, 2, 100);
  EXPECT_TRUE(limit.take("first", 2, 5.0));
  for (int i = 1; i < 100; ++i) limit.take(std::to_string(i), 1, 5.0);
  EXPECT_FALSE(limit.take("first", 1, 5.0));
  limit.take("one too many", 1, 5.0);
  EXPECT_TRUE(limit.take("first", 2, 5.0));  // forgotten, so that its bucket is full
}

TEST(RateLimit, ANetworkOfIpv6IsOneClient) {
  EXPECT_EQ(client_of("2001:db8:1:2:3:4:5:6"), client_of("2001:db8:1:2::9"));
  EXPECT_NE(client_of("2001:db8:1:2::9"), client_of("2001:db8:1:3::9"));
  EXPECT_EQ(client_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client_of("::ffff:192.0.2.1"), "192.0.2.1");
}

int judged(const std::string& head) { return judge_head(head).refusal; }

TEST(HttpHead, AnOrdinaryRequestIsRight) {
  const HttpHead head = judge_head(
      "POST /api/streaming/config HTTP/1.1\r\nHost: localhost:8010\r\nContent-Length: 18\r\n\r\n");
  EXPECT_EQ(head.refusal, 0);
  EXPECT_EQ(head.body_byte, 18u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(judge_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(judge_head("GET / HTTP/1.0\r\n\r\n").keep_alive);
}

TEST(HttpHead, WhatTwoReadersMightReadDifferentlyIsRefused) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(judged(get + "Transfer-Encoding: chunked\r\n\r\n"), 411);
  EXPECT_EQ(judged(get + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "Content-Length: 3, 3\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "Content-Length: +3\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "Content-Length: 0x3\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "Content-Length : 3\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "A: b\r\n c\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "A: b\nC: d\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + "A: b\rC: d\r\n\r\n"), 400);
  EXPECT_EQ(judged(get + std::string("A: b\0c\r\n\r\n", 11)), 400);
  EXPECT_EQ(judged(get + "Host: b\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(judged("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(judged("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(judged(""), 400);
}

TEST(HttpHead, WhatIsTooLargeIsRefused) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(judged(get + "Content-Length: 65537\r\n\r\n"), 413);
  EXPECT_EQ(judged(get + "Content-Length: 99999999999999999999999\r\n\r\n"), 413);
  EXPECT_EQ(judged("GET /" + std::string(3000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  EXPECT_EQ(judged(get + "A: " + std::string(20000, 'b') + "\r\n\r\n"), 431);
  std::string many = get;
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";
  EXPECT_EQ(judged(many + "\r\n"), 431);
}

Answer text(const std::string& body) { return {200, "text/plain", body}; }

TEST(Cache, GivesWhatItHasUntilThatIsOld) {
  Cache cache;
  double now = 0;
  int made = 0;
  const auto ask = [&] {
    return cache
        .answer(
            "k", 2, [&] { return now; }, [&] { return text(std::to_string(++made)); })
        .body;
  };
  EXPECT_EQ(ask(), "1");
  now = 1.9;
  EXPECT_EQ(ask(), "1");
  now = 2.1;
  EXPECT_EQ(ask(), "2");
  cache.clear();
  EXPECT_EQ(ask(), "3");
}

TEST(Cache, WhatFailsIsNotKept) {
  Cache cache;
  const auto clock = [] { return 0.0; };
  EXPECT_THROW(cache.answer("k", 2, clock, []() -> Answer { throw Refused(503, "no"); }), Refused);
  EXPECT_EQ(cache.answer("k", 2, clock, [] { return text("yes"); }).body, "yes");
}

TEST(Cache, KeepsNoMoreThanItMay) {
  Cache cache(100);
  int made = 0;
  const auto ask = [&](int key) {
    cache.answer(
        std::to_string(key), 1e9, [] { return 0.0; },
        [&] {
          ++made;
          return text(std::string(1 << 20, 'x'));
        });
  };
  for (int key = 0; key < 33; ++key) ask(key);
  for (int key = 0; key < 33; ++key) ask(key);
  EXPECT_EQ(made, 33);
  ask(99);  // 33 MB are kept by now: too much
  ask(0);
  EXPECT_EQ(made, 35);
}

TEST(Cache, ManyThreadsMakeOneAnswer) {
  Cache cache;
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] {
      const Answer answer = cache.answer(
          "k", 1e9, [] { return 0.0; },
          [&] {
            ++made;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            return text("done");
          });
      EXPECT_EQ(answer.body, "done");
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace contimg::status
