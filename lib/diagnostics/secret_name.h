// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::diagnostics {

/// Whether what has this name is a secret: password, passwd, passphrase, secret, token, key, credential,
/// authorization, cookie and their like, as the whole name or as a word of it (turn_password,
/// X-Api-Key, accessToken, PGPASSWORD). Not where it is only a part of another word (monkey, keyboard,
/// tokenizer), nor the path of a file (token_file).
bool is_secret_name(const std::string& name);

/// Whether a secret of this name takes the rest of its line, unquoted: an HTTP header such as
/// Authorization or Cookie.
bool is_secret_header(const std::string& name);

}  // namespace contimg::diagnostics
