#include "bench/families.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bench/recorded.h"
#include "bench/runs_of_frames.h"
#include "bench/single_frames.h"

namespace assay {

namespace {

namespace fs = std::filesystem;

/// A family without parameters, whose generator needs but the scale.
template <void (*Generate)(Workload&, const Scale&)>
Generator plain(Fields& /*parameters*/, const fs::path& /*folder*/) {
  return [](Workload& workload, const Scale& scale, const Performer&) {
    Generate(workload, scale);
    return InputError();
  };
}

/// The same, of one that follows the performer.
template <void (*Generate)(Workload&, const Scale&, const Performer&)>
Generator following(Fields& /*parameters*/, const fs::path& /*folder*/) {
  return [](Workload& workload, const Scale& scale, const Performer& performer) {
    Generate(workload, scale, performer);
    return InputError();
  };
}

Generator read_churn(Fields& parameters, const fs::path& /*folder*/) {
  const std::uint32_t per_mille = parameters.per_mille("occupancy_percent");
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    churn(workload, scale, per_mille);
    return InputError();
  };
}

Generator read_batches(Fields& parameters, const fs::path& /*folder*/) {
  const Timed timed =
      parameters.one_of("timed", {"requests", "frees"}) == "frees" ? Timed::frees : Timed::requests;
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    batches(workload, scale, timed);
    return InputError();
  };
}

Generator read_mixed(Fields& parameters, const fs::path& /*folder*/) {
  const MixedRuns mix{.per_mille = parameters.per_mille("occupancy_percent"),
                      .longest = parameters.whole("longest", 1, MixedRuns::kMostLongest)};
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    mixed(workload, scale, mix);
    return InputError();
  };
}

MixedOrders orders_of(Fields& parameters) {
  return {.per_mille = parameters.per_mille("occupancy_percent"),
          .orders = parameters.whole("orders", 1, MixedOrders::kMostOrders)};
}

Generator read_orders(Fields& parameters, const fs::path& /*folder*/) {
  const MixedOrders mix = orders_of(parameters);
  const std::uint32_t replacements = parameters.whole("replacements", 0, 1'000);
  return [=](Workload& workload, const Scale& scale, const Performer& performer) {
    orders(workload, scale, performer, mix, replacements);
    return InputError();
  };
}

Generator read_fail_in_orders(Fields& parameters, const fs::path& /*folder*/) {
  const MixedOrders mix = orders_of(parameters);
  return [=](Workload& workload, const Scale& scale, const Performer& performer) {
    fail_in_orders(workload, scale, performer, mix);
    return InputError();
  };
}

Generator read_recorded(Fields& parameters, const fs::path& folder) {
  const std::string file = (folder / parameters.text("file")).lexically_normal();
  const std::string set_up = parameters.one_of("set_up", {"none", "to the first free"});
  if (set_up == "none") return whole_sequence(file);
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    return recorded(workload, scale, file, SetUp::to_the_first_free);
  };
}

const Family kFamilies[] = {
    {"pairs", plain<pairs>},
    {"fill", plain<fill>},
    {"fill_drain", plain<fill_drain>},
    {"free_random", plain<free_random>},
    {"churn", read_churn},
    {"batches", read_batches},
    {"mixed", read_mixed},
    {"orders", read_orders},
    {"fail_full", plain<fail_full>},
    {"fail_checkerboard", following<fail_checkerboard>},
    {"fail_in_orders", read_fail_in_orders},
    {"recorded", read_recorded},
};

}  // namespace

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  std::ranges::transform(kFamilies, std::back_inserter(names), &Family::name);
  return names;
}

const Family& find_family(const std::string& name) {
  return *std::ranges::find(kFamilies, name, &Family::name);
}

Generator whole_sequence(const std::string& path) {
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    return recorded(workload, scale, path, SetUp::none);
  };
}

}  // namespace assay
