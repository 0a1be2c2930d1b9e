// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/deep_images.h"

#include "base/error.h"
#include "fixture.h"
#include "queue/degradation.h"
#include "queue/ready.h"

namespace contimg::queue {
namespace {

// Groups go through the queue as process-group takes them, under a step that each test sets.
class DeepImagesTest : public QueueTest {
 protected:
  QueueSettings settings() {
    QueueSettings result = QueueTest::settings();
    result.stages = {Stage::convert, Stage::calibrate, Stage::image, Stage::measure,
                     Stage::lightcurve};
    return result;
  }
  void begin(Queue& queue, Step step) {
    now += 1000;
    Degradation next;
    next.step = step;
    next.reason = "test";
    next.since_unix_s = now;
    ASSERT_TRUE(begin_step(queue.database(), degradation_in_force(queue.database()), next));
    now += 1000;
  }
  void arrives(Queue& queue, const std::string& id) {
    add(queue, id);
    now += 1;
  }
  static Outcome image_of(const std::string& id, const std::string& tier) {
    Outcome outcome;
    ImageRow row;
    row.path = id + "-image.fits";
    row.type = "image";
    row.tier = tier;
    row.science = tier == "science";
    row.verdict = "PASS";
    outcome.images = ImagesOutcome{{row}, {}};
    outcome.images->quality.image_path = row.path;
    outcome.images->quality.verdict = "PASS";
    outcome.images->quality.reasons = "";
    outcome.images->quality.figures = outcome.images->quality.gates = "{}";
    outcome.images->quality.engine = "{}";
    return outcome;
  }
  // What process-group does with a group: the stages in force, one after another.
  std::string work(Queue& queue, const std::string& id) {
    std::string words;
    for (Json left = stages_to_do(queue, id); !left.empty(); left = stages_to_do(queue, id)) {
      const Stage stage = stage_from(left[0]["stage"]);
      auto claim = queue.claim_group(stage, id);
      if (!claim) return words + " nothing to claim";
      words += (words.empty() ? "" : " ") + stage_name(stage) + (claim->job().redo ? "!" : "");
      const bool quick = degradation_in_force(queue.database()).step == Step::quicklook_first;
      now += 10;
      claim->finish(stage == Stage::image ? image_of(id, quick ? "quicklook" : "science")
                                          : Outcome{});
    }
    return words;
  }
  std::string ready(Queue& queue) {
    std::string words;
    for (const Json& row : ready_groups(queue, {{}, 0}, 0))
      words += (words.empty() ? "" : " ") + row["group_id"].get<std::string>() + ":" +
               row["stage"].get<std::string>();
    return words;
  }
  std::string tier(Queue& queue, const std::string& id) {
    return text(queue, "SELECT group_concat(tier) FROM images WHERE group_id = '" + id + "'");
  }
};

TEST_F(DeepImagesTest, AtEachStepOnlyItsStagesAreReadyAndTold) {
  Queue queue(settings());
  arrives(queue, "a");
  begin(queue, Step::quicklook_first);
  begin(queue, Step::convert_and_calibrate);
  EXPECT_EQ(work(queue, "a"), "convert calibrate");
  EXPECT_EQ(ready(queue), "");
  EXPECT_EQ(text(queue, "SELECT state FROM job WHERE stage = 'image'"), "ready");
  begin(queue, Step::quicklook_first);
  EXPECT_EQ(ready(queue), "a:image");
  EXPECT_EQ(work(queue, "a"), "image");
  EXPECT_EQ(tier(queue, "a"), "quicklook");
  EXPECT_EQ(ready(queue), "") << "nothing is measured in a quicklook image";
  EXPECT_EQ(step_in_force(queue.database())[0]["step"], "quicklook first, deep later");
}

TEST_F(DeepImagesTest, WhenThePressureIsGoneImagesAreMadeDeepMeasuredAndJoinedAfterWhatIsNew) {
  Queue queue(settings());
  begin(queue, Step::quicklook_first);
  for (const char* id : {"a", "b"}) {
    arrives(queue, id);
    EXPECT_EQ(work(queue, id), "convert calibrate image");
  }
  begin(queue, Step::full);
  arrives(queue, "c");
  EXPECT_EQ(ready(queue), "c:convert a:image b:image");
  EXPECT_EQ(text(queue, "SELECT group_concat(state) FROM job WHERE stage = 'measure'"),
            "waiting,waiting")
      << "no measure-sources may take one before its deep image is there";
  EXPECT_EQ(work(queue, "a"), "image! measure lightcurve");
  EXPECT_EQ(tier(queue, "a"), "science");
  EXPECT_EQ(ready(queue), "c:convert b:image");
  EXPECT_EQ(work(queue, "c"), "convert calibrate image measure lightcurve");
  EXPECT_EQ(work(queue, "b"), "image! measure lightcurve");
  EXPECT_EQ(ready(queue), "");
  EXPECT_EQ(ask_deep_images(queue), 0);
}

TEST_F(DeepImagesTest, WhatWasMeasuredAlreadyIsMeasuredAndJoinedAgain) {
  Queue queue(settings());
  begin(queue, Step::quicklook_first);
  arrives(queue, "a");
  work(queue, "a");
  for (const Stage stage : {Stage::measure, Stage::lightcurve})  // by hand
    queue.claim_group(stage, "a")->finish({});
  begin(queue, Step::full);
  EXPECT_EQ(ask_deep_images(queue), 1);
  EXPECT_EQ(work(queue, "a"), "image! measure! lightcurve!");
}

TEST_F(DeepImagesTest, PressureThatComesBackMakesNoSecondQuicklookImage) {
  Queue queue(settings());
  begin(queue, Step::quicklook_first);
  arrives(queue, "a");
  work(queue, "a");
  begin(queue, Step::full);
  EXPECT_EQ(ready(queue), "a:image");
  begin(queue, Step::quicklook_first);
  EXPECT_EQ(ready(queue), "");
  EXPECT_EQ(work(queue, "a"), "");
  begin(queue, Step::full);
  EXPECT_EQ(work(queue, "a"), "image! measure lightcurve");
}

TEST_F(DeepImagesTest, AQuicklookImageThatWasWantedStays) {
  Queue queue(settings());
  begin(queue, Step::quicklook_first);
  begin(queue, Step::full);
  arrives(queue, "a");
  for (const Stage stage : {Stage::convert, Stage::calibrate})
    queue.claim_group(stage, "a")->finish({});
  queue.claim_group(Stage::image, "a")->finish(image_of("a", "quicklook"));
  EXPECT_EQ(ask_deep_images(queue), 0);

  QueueSettings coarse = settings();
  coarse.deep_images = false;
  Queue by_choice(coarse);
  begin(queue, Step::quicklook_first);
  arrives(queue, "b");
  work(queue, "b");
  begin(queue, Step::full);
  EXPECT_EQ(ask_deep_images(by_choice), 0);
  EXPECT_EQ(ask_deep_images(queue), 1);
}

TEST_F(DeepImagesTest, AnImageBegunUnderPressureIsAskedForAgainThoughItEndedLater) {
  Queue queue(settings());
  begin(queue, Step::quicklook_first);
  arrives(queue, "a");
  for (const Stage stage : {Stage::convert, Stage::calibrate})
    queue.claim_group(stage, "a")->finish({});
  auto claim = queue.claim_group(Stage::image, "a");
  begin(queue, Step::full);
  EXPECT_EQ(ask_deep_images(queue), 0) << "it is in work";
  claim->renew();
  claim->finish(image_of("a", "quicklook"));
  EXPECT_EQ(ask_deep_images(queue), 1);
}

TEST_F(DeepImagesTest, ADeepImageThatFailsForGoodIsNotAskedForForever) {
  Queue queue(settings());
  begin(queue, Step::quicklook_first);
  arrives(queue, "a");
  work(queue, "a");
  begin(queue, Step::full);
  EXPECT_EQ(ready(queue), "a:image");
  queue.claim_group(Stage::image, "a")->fail("its set is gone");
  EXPECT_EQ(ask_deep_images(queue), 0);
  EXPECT_EQ(ready(queue), "");
  EXPECT_EQ(tier(queue, "a"), "quicklook");
}

TEST_F(DeepImagesTest, NothingIsReadyWhenTheStepLeavesOutEveryEnabledStage) {
  QueueSettings late = settings();
  late.stages = {Stage::image};
  Queue queue(settings()), without(late);
  arrives(queue, "a");
  for (const Stage stage : {Stage::convert, Stage::calibrate})
    queue.claim_group(stage, "a")->finish({});
  begin(queue, Step::convert_and_calibrate);
  EXPECT_EQ(ready(without), "");
  EXPECT_TRUE(stages_to_do(without, "a").empty());
}

}  // namespace
}  // namespace contimg::queue
