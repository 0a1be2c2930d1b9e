// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/figures.h"

#include "fixture.h"
#include "metrics/read_work.h"
#include "metrics/step.h"

namespace contimg::metrics {
namespace {

using queue::Stage;
using Why = WaitingGroup::Why;

WorkQuestion question_at(double now, queue::Step step = queue::Step::full) {
  WorkQuestion question;
  question.now_unix_s = now;
  question.stages = {Stage::convert, Stage::calibrate, Stage::image, Stage::measure};
  question.step = step;
  return question;
}

TEST_F(MetricsTest, EveryGroupThatIsWholeAndNotThroughWaitsForSomething) {
  settings.stages = {"convert", "calibrate", "image", "measure"};
  queue::Queue queue(queue_settings());
  Database& db = queue.database();
  arrive(db, "a");
  now += 100;
  arrive(db, "b");
  arrive(db, "c", queue::GroupState::collecting);
  arrive(db, "d");
  ASSERT_TRUE(work(queue, Stage::convert, 10));  // a is to be calibrated
  auto claim = queue.claim(Stage::calibrate);
  claim->release("no calibration in reach", now + 1000);
  queue.claim(Stage::convert)->fail("bad");  // b
  auto working = queue.claim(Stage::convert);
  ASSERT_EQ(working->job().group_id, "d");
  const Work found = read_work(db, question_at(now));
  ASSERT_EQ(found.waiting.size(), 2U);
  EXPECT_EQ(found.waiting[0].group_id, "a");
  EXPECT_EQ(found.waiting[0].stage, Stage::calibrate);
  EXPECT_EQ(found.waiting[0].why, Why::held);
  EXPECT_EQ(found.waiting[0].arrived_unix_s, 1.8e9);
  EXPECT_NEAR(found.waiting[0].duration_s, 309.24, 1e-6);
  EXPECT_EQ(found.waiting[1].group_id, "d");
  EXPECT_EQ(found.waiting[1].why, Why::claimed);
  EXPECT_EQ(found.arrived.size(), 3U) << "the one that collects has not arrived";
  EXPECT_EQ(read_work(db, question_at(now + 1001)).waiting[0].why, Why::ready)
      << "it has waited long enough";
}

TEST_F(MetricsTest, AStepEndsTheChainEarlyAndPutsTheRestOff) {
  settings.stages = {"convert", "calibrate", "image", "measure"};
  queue::Queue queue(queue_settings());
  Database& db = queue.database();
  arrive(db, "a");
  work(queue, Stage::convert, 10);
  work(queue, Stage::calibrate, 10);
  EXPECT_EQ(read_work(db, question_at(now)).waiting.at(0).why, Why::ready);
  EXPECT_EQ(read_work(db, question_at(now)).done.size(), 0U);
  const auto reduced = read_work(db, question_at(now, queue::Step::convert_and_calibrate));
  EXPECT_EQ(reduced.waiting.at(0).why, Why::put_off);
  EXPECT_EQ(reduced.done.size(), 1U);
  WorkQuestion after = question_at(now);
  after.relief_unix_s = now;
  EXPECT_EQ(read_work(db, after).waiting.at(0).why, Why::put_off);
  after.relief_unix_s = 1.8e9 - 1;
  EXPECT_EQ(read_work(db, after).waiting.at(0).why, Why::ready);
}

TEST_F(MetricsTest, LatencyCountsFromTheLastSubbandToTheFirstEnd) {
  settings.stages = {"convert", "image", "measure"};
  queue::Queue queue(queue_settings());
  Database& db = queue.database();
  const double begin = now;
  for (int i = 1; i <= 4; ++i) {
    now = begin + 1000 * i;
    arrive(db, "g" + std::to_string(i));
    work(queue, Stage::convert, 10);
    work(queue, Stage::image, 100 * i);
    work(queue, Stage::measure, 5);
  }
  now += 600;
  auto again = queue.claim_group(Stage::image, "g1", true);
  again->finish({});
  const Figures figures = read_figures(db, settings, now);
  const Latency& image = figures.latency.at("image");
  EXPECT_EQ(image.n, 4U);
  EXPECT_NEAR(*image.p50_s, 210, 1e-3);
  EXPECT_NEAR(*image.p90_s, 410, 1e-3);
  EXPECT_NEAR(*figures.latency.at("measure").p99_s, 415, 1e-3);
  EXPECT_EQ(figures.attempts.at({"image", "done"}), 5);
  const StageSeconds& seconds = figures.seconds.at("image");
  double n = 0;
  for (const double count : seconds.counts) n += count;
  EXPECT_EQ(n, 4);
  EXPECT_NEAR(seconds.sum_s, 1000, 1e-9);
  settings.latency_window_h = 0.5;
  EXPECT_LT(read_figures(db, settings, now).latency.at("image").n, 4U);
}

// A night replayed faster than the sky, with a worker that needs so long for conversion and
// calibration and so long for images. The step decides which is done.
struct Night {
  queue::Step heaviest = queue::Step::full;
  int changes = 0, n_done = 0;
  double last_pressure = 0;
};

class NightTest : public MetricsTest {
 protected:
  Night replay(double pace, double convert_s, double image_s, int n_group) {
    settings.stages = {"convert", "image"};
    queue::Queue queue(queue_settings());
    Database& db = queue.database();
    const double begin = now;
    double next_arrival = begin, next_look = begin;
    int n = 0;
    Night night;
    while (n < n_group) {
      const double worker = now;
      for (; next_arrival <= worker && n < n_group; ++n, next_arrival += 309.24 / pace) {
        now = next_arrival;
        arrive(db, "g" + std::to_string(100000 + n));
      }
      now = worker;
      if (now >= next_look) {
        look(db, night);
        next_look = now + 300;
      }
      const bool images =
          queue::degradation_in_force(db).step != queue::Step::convert_and_calibrate;
      const double quick =
          queue::degradation_in_force(db).step == queue::Step::full ? image_s : image_s / 4;
      if (images && work(queue, Stage::image, quick)) continue;
      if (work(queue, Stage::convert, convert_s)) continue;
      now = std::max(now + 1, next_arrival);
    }
    night.n_done = static_cast<int>(
        db.integer("SELECT count(*) FROM job_attempt WHERE stage = 'image' AND outcome = 'done'"));
    return night;
  }

 private:
  void look(Database& db, Night& night) {
    const Figures figures = read_figures(db, settings, now);
    night.last_pressure = figures.keep_up.pressure;
    const auto next = next_step(figures.degradation, figures.keep_up, now, settings);
    if (!next) return;
    EXPECT_TRUE(queue::begin_step(db, figures.degradation, *next));
    night.heaviest = std::max(night.heaviest, next->step);
    ++night.changes;
  }
};

// 60 s of conversion and 200 s of imaging: 260 of 309 s at the pace of the sky.
TEST_F(NightTest, AtThePaceOfTheSkyNothingIsLeftOut) {
  const Night night = replay(1, 60, 200, 120);
  EXPECT_EQ(night.heaviest, queue::Step::full);
  EXPECT_EQ(night.changes, 0);
  EXPECT_LT(night.last_pressure, 0.5);
  EXPECT_GE(night.n_done, 118);
}

// At twice the pace 155 s are there for 260 s of work, enough for 60 + 200 / 4.
TEST_F(NightTest, AtTwiceThePaceQuicklooksAreEnough) {
  const Night night = replay(2, 60, 200, 240);
  EXPECT_EQ(night.heaviest, queue::Step::quicklook_first);
  EXPECT_GE(night.changes, 1);
  EXPECT_LE(night.changes, static_cast<int>(240 * 309.24 / 2 / 1800)) << "a step lasts 30 min";
  EXPECT_GE(night.n_done, 225) << "all but the last few have an image";
}

// At four times the pace 77 s are there: not for 110, but for 60.
TEST_F(NightTest, AtFourTimesThePaceImagesArePutOff) {
  const Night night = replay(4, 60, 200, 480);
  EXPECT_EQ(night.heaviest, queue::Step::convert_and_calibrate);
  EXPECT_LE(night.changes, static_cast<int>(480 * 309.24 / 4 / 1800) + 1);
}

}  // namespace
}  // namespace contimg::metrics
