// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "known_queue.h"

namespace contimg::status {
namespace {

TEST(Serve, EndsWhenItIsToldSoBeforeItListens) {
  KnownQueue known("serve");
  ServiceOptions options;
  options.settings = known.settings;
  Service service(options);
  ::alarm(120);  // what goes on for ever ends this program
  // Port 0: any that is free.
  for (int i = 0; i < 20; ++i) serve(service, {"127.0.0.1", {0}, 0}, {}, [] { return true; });
  ::alarm(0);
}

}  // namespace
}  // namespace contimg::status
