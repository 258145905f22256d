#include "bench/families.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bench/lifetimes.h"
#include "bench/recorded.h"
#include "bench/runs_of_frames.h"
#include "bench/single_frames.h"
#include "bench/worst_cases.h"

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

MixedRuns runs_of(Fields& parameters) {
  return {.per_mille = parameters.per_mille("occupancy_percent"),
          .longest = parameters.whole("longest", 1, MixedRuns::kMostLongest)};
}

Generator read_mixed(Fields& parameters, const fs::path& /*folder*/) {
  const MixedRuns mix = runs_of(parameters);
  const std::uint32_t times = parameters.whole_or("times_the_operations", 1, 1'000, 1);
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    mixed(workload, scale, mix, times);
    return InputError();
  };
}

Generator read_fail_in_mix(Fields& parameters, const fs::path& /*folder*/) {
  const MixedRuns mix = runs_of(parameters);
  const Attempts attempts{.frames = parameters.whole("frames", 1, 1U << 20),
                          .every = parameters.whole("every", 1, 1'000'000)};
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    fail_in_mix(workload, scale, mix, attempts);
    return InputError();
  };
}

Generator read_lifetimes(Fields& parameters, const fs::path& /*folder*/) {
  constexpr std::uint32_t kMost = 10'000'000;
  Lifetimes blocks{.per_mille = parameters.per_mille("occupancy_percent"),
                   .shares = parameters.wholes("shares_by_order", 0, kMost),
                   .quantiles = parameters.wholes("lifetime_quantiles", 1, kMost),
                   .outlive_per_mille = parameters.per_mille("outlive_percent")};
  static_cast<void>(parameters.text("source"));
  if (blocks.shares.front() == 0 || blocks.shares.size() > MixedOrders::kMostOrders) {
    parameters.fail("shares_by_order", "at most 20 numbers, of which the first is not 0");
  }
  if (blocks.quantiles.size() < 2 || !std::ranges::is_sorted(blocks.quantiles)) {
    parameters.fail("lifetime_quantiles", "two numbers or more, ascending");
  }
  return [=](Workload& workload, const Scale& scale, const Performer&) {
    lifetimes(workload, scale, blocks);
    return InputError();
  };
}

Generator read_free_everywhere(Fields& parameters, const fs::path& /*folder*/) {
  const std::uint32_t distance = parameters.whole("distance", 2, 1U << 20);
  return [=](Workload& workload, const Scale& scale, const Performer& performer) {
    free_everywhere(workload, scale, performer, distance);
    return InputError();
  };
}

Generator read_short_extents(Fields& parameters, const fs::path& /*folder*/) {
  const std::uint32_t length = parameters.whole("length", 1, 32);
  return [=](Workload& workload, const Scale& scale, const Performer& performer) {
    short_extents(workload, scale, performer, length);
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
    {"refill_random", plain<refill_random>},
    {"churn", read_churn},
    {"batches", read_batches},
    {"mixed", read_mixed},
    {"orders", read_orders},
    {"fail_full", plain<fail_full>},
    {"fail_checkerboard", following<fail_checkerboard>},
    {"fail_in_orders", read_fail_in_orders},
    {"fail_in_mix", read_fail_in_mix},
    {"lifetimes", read_lifetimes},
    {"free_everywhere", read_free_everywhere},
    {"halves", plain<halves>},
    {"short_extents", read_short_extents},
    {"half_of_scattered_links", following<half_of_scattered_links>},
    {"pair_behind_gaps", following<pair_behind_gaps>},
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
