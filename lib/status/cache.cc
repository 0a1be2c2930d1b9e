// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/cache.h"

namespace contimg::status {

Answer Cache::answer(const std::string& key, double max_age_s,
                     const std::function<double()>& clock_s, const std::function<Answer()>& make) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) break;
    const Entry& entry = found->second;
    const double age_s = clock_s() - entry.made_s;
    if (entry.made && age_s <= (entry.being_made ? kStale * max_age_s : max_age_s))
      return entry.answer;
    if (!entry.being_made) break;
    changed_.wait(lock);
  }
  if (entries_.size() >= most_ || kept_byte_ > kMostByte) forget();
  entries_[key].being_made = true;
  const std::uint64_t generation = generation_;
  lock.unlock();
  const auto settle = [&](const Answer* answer) {
    lock.lock();
    if (answer == nullptr || generation != generation_) {
      entries_.erase(key);
    } else {
      kept_byte_ += answer->body.size();
      entries_[key] = {*answer, clock_s(), true, false};
    }
    changed_.notify_all();
  };
  try {
    Answer answer = make();
    settle(&answer);
    return answer;
  } catch (const std::exception&) {
    settle(nullptr);
    throw;
  }
}

// All but what is being made, whose makers look for it.
void Cache::forget() {
  kept_byte_ = 0;
  for (auto each = entries_.begin(); each != entries_.end();) {
    each->second.made = false;
    each->second.answer = {};
    each = each->second.being_made ? std::next(each) : entries_.erase(each);
  }
}

void Cache::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++generation_;
  forget();
}

}  // namespace contimg::status
