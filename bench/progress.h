/// What a person sees while a tool works, on standard error.
#pragma once

#include <string>

namespace assay {

/// A line that replaces the one before on a terminal, and stands below it elsewhere.
void report_progress(const std::string& line);

/// Removes the line, on a terminal, so that something else can be said.
void end_progress();

/// Says something that stays: one line, behind the tool's name.
void warn(const std::string& what);

}  // namespace assay
