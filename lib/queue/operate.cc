// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/operate.h"

#include "base/error.h"
#include "queue/backup.h"
#include "queue/commands.h"
#include "queue/database_backup.h"
#include "queue/emergency.h"
#include "queue/ready.h"
#include "queue/redo.h"
#include "queue/repair.h"
#include "queue/tick.h"

namespace contimg::queue {
namespace {

Json retry(Queue& queue, const Order& order) {
  if (order.all) return clear_failures(queue);
  return order.failed ? retry_failed(queue) : retry_group(queue, order.group);
}

Json reset(Queue& queue, const Order& order, const contimg::Settings& settings) {
  if (!order.emergency)
    throw UsageError(
        "reset: give --emergency, expected for a queue in disorder; 'retry' clears "
        "the failures of one group, 'reset-stuck' frees dead claims");
  return emergency_reset(queue, required_path(settings, &contimg::Settings::backup_dir), order.yes);
}

Json change(Queue& queue, const Order& order, const contimg::Settings& settings) {
  const std::string& word = order.word;
  if (word == "retry") return retry(queue, order);
  if (word == "rerun")
    return redo_stages(queue, order.group, stage_from(order.stage), kOperatorsTool);
  if (word == "reset-stuck") return reset_stuck(queue, order.yes);
  if (word == "reset") return reset(queue, order, settings);
  if (word == "pause") return pause(queue, order.reason);
  if (word == "resume") return resume(queue);
  if (word == "drop") return drop_group(queue, order.group);
  if (word == "obey") return obey_commands(queue);
  if (word == "tick") return record_tick(queue, order.group, order.reason);
  throw UsageError(word + ": no such command, see --help");
}

}  // namespace

Json operate(const Order& order, const contimg::Settings& settings, const HeaderReader& read) {
  const QueueSettings where = queue_settings(settings);
  const std::string& word = order.word;
  if (word == "restore") return restore_database(settings, order.target);
  if (word == "migrate") return migrate_queue(where);
  open_queue(where, false);
  if (word == "backup") return back_up(settings, order.target, order.all);
  Queue queue(where);
  Database& db = queue.database();
  if (word == "status") return status(db, queue.now_unix_s());
  if (word == "list") return list_groups(db, order.state, order.limit);
  if (word == "ready") return ready_groups(queue, room_rule(settings), order.limit);
  if (word == "stages") return stages_to_do(queue, order.group);
  if (word == "step") return step_in_force(db);
  if (word == "show") return show_group(db, order.group);
  if (word == "verify") return verify_products(db, settings.output_dir);
  if (word == "check") return check_queue(db);
  if (word == "validate") return validate_group(db, order.group, read);
  return change(queue, order, settings);
}

}  // namespace contimg::queue
