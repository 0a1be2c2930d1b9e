// SPDX-License-Identifier: GPL-3.0-or-later
// Texts without their secrets (lib/diagnostics/redact): anything goes in, and nothing may hang, break
// the number of lines, or change when it is done again. A secret that is named in plain stays nowhere.
#include <algorithm>

#include "diagnostics/redact.h"
#include "harness.h"

using namespace contimg;

namespace {

void check_twice(const std::string& text) {
  const std::string once = diagnostics::redact(text);
  fuzz::require(
      std::count(once.begin(), once.end(), '\n') == std::count(text.begin(), text.end(), '\n'),
      "the number of lines is kept");
  const std::string twice = diagnostics::redact(once);
  fuzz::require(twice == once,
                "doing it again changes nothing: '" + once + "' became '" + twice + "'");
}

// On lines of its own, whatever surrounds it but an open quote or a value that takes it in whole.
void check_planted(const std::string& text) {
  const std::string secret = "s3cr3tOfThisTest";
  if (text.find(secret) != std::string::npos) return;  // libFuzzer learns what is looked for
  for (const char* form :
       {"\n\npassword = \"", "\n\nexport CONTIMG_TOKEN=\"", "\n\nAuthorization: Bearer "})
    fuzz::require(
        diagnostics::redact(text + form + secret + "\"\n").find(secret) == std::string::npos,
        std::string("a secret after ") + form + " goes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_twice(text);
  check_planted(text);
  return 0;
}
