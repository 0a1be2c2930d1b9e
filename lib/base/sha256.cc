// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/sha256.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <vector>

#include "base/error.h"

namespace contimg {
namespace {

using Word = std::uint32_t;

Word rotate(Word x, int n) { return (x >> n) | (x << (32 - n)); }

// FIPS 180-4 4.2.2 and 5.3.3: the first 32 bits of the fractional parts of cube and square roots
// of the first primes. long double holds 64 bits, enough for 32 behind the point.
struct Constants {
  std::array<Word, 64> k{};
  std::array<Word, 8> h{};
  Constants() {
    std::size_t n = 0;
    for (int candidate = 2; n < 64; ++candidate) {
      bool prime = true;
      for (int divisor = 2; divisor * divisor <= candidate; ++divisor)
        prime = prime && candidate % divisor != 0;
      if (!prime) continue;
      k[n] = fraction(std::cbrt(static_cast<long double>(candidate)));
      if (n < 8) h[n] = fraction(std::sqrt(static_cast<long double>(candidate)));
      ++n;
    }
  }
  static Word fraction(long double root) {
    return static_cast<Word>((root - std::floor(root)) * 4294967296.0L);
  }
};

class Digest {
 public:
  void add(const unsigned char* data, std::size_t size) {
    n_byte_ += size;
    for (std::size_t i = 0; i < size; ++i) {
      block_[filled_++] = data[i];
      if (filled_ == block_.size()) absorb();
    }
  }

  std::string text() {
    const std::uint64_t n_bit = 8 * n_byte_;
    const unsigned char one = 0x80, zero = 0;
    add(&one, 1);
    while (filled_ != 56) add(&zero, 1);
    for (int shift = 56; shift >= 0; shift -= 8) {
      const unsigned char byte = static_cast<unsigned char>(n_bit >> shift);
      add(&byte, 1);
    }
    std::string hexadecimal;
    for (const Word word : state_)
      for (int shift = 28; shift >= 0; shift -= 4)
        hexadecimal += "0123456789abcdef"[(word >> shift) & 15];
    return hexadecimal;
  }

 private:
  void absorb() {
    std::array<Word, 64> w{};
    for (std::size_t t = 0; t < 16; ++t)
      w[t] = Word{block_[4 * t]} << 24 | Word{block_[4 * t + 1]} << 16 |
             Word{block_[4 * t + 2]} << 8 | Word{block_[4 * t + 3]};
    for (std::size_t t = 16; t < 64; ++t) {
      const Word s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >> 3);
      const Word s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >> 10);
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (std::size_t t = 0; t < 64; ++t) {
      const Word s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const Word t1 = h + s1 + ((e & f) ^ (~e & g)) + constants().k[t] + w[t];
      const Word s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const Word t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<Word, 8> mixed = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state_[i] += mixed[i];
    filled_ = 0;
  }

  static const Constants& constants() {
    static const Constants values;
    return values;
  }

  std::array<Word, 8> state_ = constants().h;
  std::array<unsigned char, 64> block_{};
  std::size_t filled_ = 0;
  std::uint64_t n_byte_ = 0;
};

}  // namespace

std::string sha256(const std::string& bytes) {
  Digest digest;
  digest.add(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return digest.text();
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Digest digest;
  std::vector<char> buffer(1 << 16);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0)
    digest.add(reinterpret_cast<const unsigned char*>(buffer.data()),
               static_cast<std::size_t>(file.gcount()));
  if (!file.eof()) throw TemporaryError(path + ": cannot be read, expected a readable file");
  return digest.text();
}

}  // namespace contimg
