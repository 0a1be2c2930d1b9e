// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/access.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "scratch.h"

namespace contimg::status {
namespace {

const std::string kReading = "reading-token-0123456789";
const std::string kWriting = "writing-token-0123456789";

AccessRules rules() {
  AccessRules rules;
  rules.tokens =
      parse_tokens("# people\nann read " + kReading + "\n\nbob write " + kWriting + "\n", "a test");
  rules.allowed_origins = {"https://desk.example:8443"};
  return rules;
}

Request from(const std::string& peer, const std::string& host) {
  Request request;
  request.method = "GET";
  request.peer = peer;
  request.headers["host"] = host;
  return request;
}
Request local() { return from("127.0.0.1", "localhost:8010"); }
Request remote() { return from("192.0.2.7", "server.example:8000"); }

int status_of(const Request& request, Need need, const AccessRules& given = rules()) {
  try {
    granted(request, need, given);
    return 200;
  } catch (const Refused& refused) {
    return refused.status;
  }
}

Request with(Request request, const std::string& name, const std::string& value) {
  request.headers[name] = value;
  return request;
}

TEST(Access, LoopbackReadsWithoutATokenAndNobodyElseDoes) {
  EXPECT_EQ(granted(local(), Need::read, rules()), "loopback");
  EXPECT_EQ(status_of(from("::1", "[::1]:8000"), Need::read), 200);
  EXPECT_EQ(status_of(from("::ffff:127.0.0.1", "127.0.0.1"), Need::read), 200);
  EXPECT_EQ(status_of(remote(), Need::read), 401);
  EXPECT_EQ(status_of(from("", "localhost"), Need::read), 401);
}

TEST(Access, ANameThatLeadsToLoopbackIsNotLocal) {
  EXPECT_EQ(status_of(from("127.0.0.1", "evil.example:8000"), Need::read), 401);
  EXPECT_EQ(status_of(from("127.0.0.1", "localhost.evil.example"), Need::read), 401);
  EXPECT_EQ(status_of(from("127.0.0.1", "127.0.0.1.evil.example"), Need::read), 401);
  EXPECT_EQ(status_of(from("127.0.0.1", ""), Need::read), 401);
}

TEST(Access, AProxyOnThisMachineIsNotThisMachine) {
  for (const char* header : {"x-forwarded-for", "forwarded", "via", "x-real-ip"})
    EXPECT_EQ(status_of(with(local(), header, "192.0.2.1"), Need::read), 401) << header;
}

TEST(Access, WritingNeedsATokenThatMayWrite) {
  EXPECT_EQ(status_of(local(), Need::write), 401);
  EXPECT_EQ(status_of(with(local(), "authorization", "Bearer wrong-token-0123456789"), Need::write),
            401);
  EXPECT_EQ(status_of(with(local(), "authorization", "Bearer " + kReading), Need::write), 403);
  EXPECT_EQ(granted(with(remote(), "authorization", "bearer " + kWriting), Need::write, rules()),
            "bob");
  EXPECT_EQ(status_of(with(remote(), "authorization", "Bearer " + kWriting + " "), Need::write),
            401);
  EXPECT_EQ(status_of(with(remote(), "authorization", "Bearer "), Need::read), 401);
}

TEST(Access, BasicIsForReadingOnly) {
  // base64 of "ann:reading-token-0123456789" and of "bob:writing-token-0123456789", by coreutils.
  const std::string ann = "Basic YW5uOnJlYWRpbmctdG9rZW4tMDEyMzQ1Njc4OQ==";
  const std::string bob = "Basic Ym9iOndyaXRpbmctdG9rZW4tMDEyMzQ1Njc4OQ==";
  EXPECT_EQ(granted(with(remote(), "authorization", ann), Need::read, rules()), "ann");
  EXPECT_EQ(status_of(with(remote(), "authorization", bob), Need::write), 401);
  EXPECT_EQ(status_of(with(remote(), "authorization", "Basic %%%"), Need::read), 401);
}

TEST(Access, AWrongTokenIsNoBetterThanNoneOnLoopback) {
  EXPECT_EQ(status_of(with(local(), "authorization", "Bearer wrong-token-0123456789"), Need::read),
            401);
}

TEST(Access, LegacyWritesAreForLoopbackAndItsOwnPages) {
  EXPECT_EQ(granted(local(), Need::legacy_write, rules()), "loopback");
  EXPECT_EQ(status_of(with(local(), "origin", "http://localhost:5173"), Need::legacy_write), 200);
  EXPECT_EQ(status_of(with(local(), "origin", "http://evil.example"), Need::legacy_write), 403);
  EXPECT_EQ(status_of(with(local(), "origin", "null"), Need::legacy_write), 403);
  EXPECT_EQ(status_of(with(local(), "sec-fetch-site", "cross-site"), Need::legacy_write), 403);
  EXPECT_EQ(status_of(with(local(), "origin", "https://desk.example:8443"), Need::legacy_write),
            200);
  EXPECT_EQ(status_of(remote(), Need::legacy_write), 401);
  AccessRules hardened = rules();
  hardened.legacy_loopback_writes = false;
  EXPECT_EQ(status_of(local(), Need::legacy_write, hardened), 401);
  EXPECT_EQ(
      status_of(with(local(), "authorization", "Bearer " + kWriting), Need::legacy_write, hardened),
      200);
}

TEST(Access, AForeignPageMayNotUseATokenEither) {
  const Request request = with(local(), "authorization", "Bearer " + kWriting);
  EXPECT_EQ(status_of(with(request, "origin", "http://evil.example"), Need::write), 403);
  EXPECT_EQ(status_of(with(request, "origin", "https://desk.example:8443"), Need::write), 200);
}

TEST(Access, CorsNamesAnOriginThatIsAllowedAndNoOther) {
  EXPECT_TRUE(cors_headers(with(local(), "origin", "http://evil.example"), rules()).empty());
  EXPECT_TRUE(cors_headers(local(), rules()).empty());
  const auto headers = cors_headers(with(local(), "origin", "https://desk.example:8443"), rules());
  ASSERT_FALSE(headers.empty());
  EXPECT_EQ(headers[0].second, "https://desk.example:8443");
}

TEST(Tokens, AreNotKeptAndWrongLinesAreNamedWithoutThem) {
  for (const Token& token : rules().tokens) {
    EXPECT_EQ(token.digest.size(), 64u);
    EXPECT_EQ(token.digest.find("token"), std::string::npos);
  }
  for (const char* line : {"ann", "ann read", "ann admin 01234567890123456789",
                           "ann read short-secret", "ann read 01234567890123456789 more"}) {
    try {
      parse_tokens(std::string("\n") + line, "there");
      ADD_FAILURE() << line;
    } catch (const UsageError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("there, line 2"), std::string::npos);
      EXPECT_EQ(text.find("short-secret"), std::string::npos);
      EXPECT_EQ(text.find("0123456789"), std::string::npos);
    }
  }
}

TEST(Tokens, ComeFromAFileOfItsOwnerOnlyAndFromTheEnvironment) {
  const std::string path = scratch("tokens");
  std::ofstream(path) << "ann read " << kReading << "\n";
  ::chmod(path.c_str(), 0640);
  EXPECT_THROW(load_tokens(path, ""), UsageError);
  ::chmod(path.c_str(), 0600);
  EXPECT_EQ(load_tokens(path, "").size(), 1u);
  EXPECT_EQ(load_tokens(path, "bob write " + kWriting + ";cat read " + kReading).size(), 3u);
  EXPECT_EQ(load_tokens("", "bob write " + kWriting).size(), 1u);
  EXPECT_THROW(load_tokens(scratch("absent"), ""), UsageError);
  EXPECT_THROW(load_tokens(scratch(""), ""), UsageError);
}

TEST(Tokens, SecretsAreTheSameOrNot) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
  EXPECT_FALSE(same_secret("ab", "abc"));
  EXPECT_FALSE(same_secret("", "a"));
}

}  // namespace
}  // namespace contimg::status
