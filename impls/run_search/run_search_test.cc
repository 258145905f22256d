// The searches against trying every place, over all maps of up to ten frames.
#include "impls/run_search/run_search.h"

#include <gtest/gtest.h>

#include <string>

namespace assay {
namespace {

/// A character per frame; '.' is free.
struct PictureMap {
  std::string picture;

  [[nodiscard]] std::uint32_t next_run(std::uint32_t from, std::uint32_t /*count*/) const {
    const std::size_t free = picture.find('.', from);
    return free == std::string::npos ? kNotFound : static_cast<std::uint32_t>(free);
  }
  [[nodiscard]] std::uint32_t next_free(std::uint32_t from, std::uint32_t limit) const {
    while (from < limit && picture[from] != '.') ++from;
    return from;
  }
  [[nodiscard]] std::uint32_t next_taken(std::uint32_t from, std::uint32_t limit) const {
    while (from < limit && picture[from] == '.') ++from;
    return from;
  }
};

std::uint32_t lowest_by_trying(const std::string& picture, std::uint32_t from, std::uint32_t base,
                               std::uint32_t count, std::uint32_t alignment) {
  for (std::uint32_t first = from; first + count <= picture.size(); ++first) {
    const bool aligned = (base + first) % alignment == 0;
    if (aligned && picture.substr(first, count) == std::string(count, '.')) return first;
  }
  return kNotFound;
}

std::uint32_t longest_by_trying(const std::string& picture) {
  std::uint32_t longest = 0;
  while (picture.find(std::string(longest + 1, '.')) != std::string::npos) ++longest;
  return longest;
}

/// Calls visit(picture) for each way in which so many frames can be free or taken.
template <class Visit>
void for_every_picture(std::uint32_t frames, Visit visit) {
  for (std::uint32_t bits = 0; bits < 1U << frames; ++bits) {
    std::string picture(frames, '.');
    for (std::uint32_t i = 0; i < frames; ++i) {
      if ((bits >> i & 1) != 0) picture[i] = 'x';
    }
    visit(picture);
  }
}

TEST(RunSearchTest, finds_the_lowest_fit_wherever_it_is) {
  for (std::uint32_t frames = 1; frames <= 8; ++frames) {
    for_every_picture(frames, [frames](const std::string& picture) {
      for (std::uint32_t count = 1; count <= frames + 1; ++count) {
        for (const std::uint32_t base : {0U, 3U, 0xFFFF'FFF0U}) {
          for (const std::uint32_t alignment : {1U, 2U, 8U, 1U << 31}) {
            for (const std::uint32_t from : {0U, frames / 2}) {
              const std::uint32_t found = find_run(PictureMap{picture}, from, frames, Pfn{base},
                                                   FrameCount{count}, FrameCount{alignment});
              ASSERT_EQ(found, lowest_by_trying(picture, from, base, count, alignment))
                  << picture << " from " << from << " at " << base << ": " << count
                  << " at multiples of " << alignment;
            }
          }
        }
      }
    });
  }
}

TEST(RunSearchTest, measures_the_longest_run) {
  for (std::uint32_t frames = 1; frames <= 10; ++frames) {
    for_every_picture(frames, [frames](const std::string& picture) {
      ASSERT_EQ(longest_free_run(PictureMap{picture}, frames), longest_by_trying(picture))
          << picture;
    });
  }
}

}  // namespace
}  // namespace assay
