// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::diagnostics {

/// A text without the private keys in PEM in it: what is between their BEGIN and END, also on one
/// line with \n for line breaks; up to the end of the lines of base64 where END is missing, and from
/// their beginning where BEGIN is.
std::string without_pem(const std::string& text);

/// A text without what is a secret by place or look: the user and password of URLs and of USER:PASSWORD@HOST,
/// what follows Bearer, Basic and curl's -u, JSON web tokens, keys and webhooks of well-known services.
std::string without_known_looks(const std::string& text);

}  // namespace contimg::diagnostics
