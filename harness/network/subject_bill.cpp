#include <utility>

#include "harness/network/subject.h"

namespace assay {

Cost Subject::passes(std::int64_t forwards, std::int64_t backwards) const {
  Cost cost = forward_ * (forwards + backwards);
  cost.forwards = forwards;
  cost.backwards = backwards;
  return cost;
}

void Subject::charge_shared(const std::string& key, Cost cost, bool at_hand) {
  if (!at_hand) cost.seconds = 0;
  if (billed_.insert(key).second) bill_ += cost;
}

const std::any& Subject::made_once(const std::string& key, const std::function<std::any()>& make) {
  auto found = things_.find(key);
  if (found != things_.end()) {
    charge_shared("made " + key, found->second.cost, true);
    return found->second.value;
  }
  const Stopwatch watch;
  const Cost bill = std::exchange(bill_, {});
  std::set<std::string> billed = std::exchange(billed_, {});
  Thing thing{.value = make(), .cost = {}};
  const Cost cost = std::exchange(bill_, bill);
  billed_ = std::move(billed);
  if (billed_.insert("made " + key).second) bill_ += cost;  // its seconds are those of what was at hand
  thing.cost = cost;
  thing.cost.seconds += watch.seconds();
  return things_.emplace(key, std::move(thing)).first->second.value;
}

Cost Subject::bill() {
  const double spent = std::exchange(since_bill_, {}).seconds();
  bill_.seconds += spent;
  done_.seconds += spent;
  billed_.clear();
  return std::exchange(bill_, Cost{});
}

}  // namespace assay
