// The look of the report: colours for light and dark, told apart by readers who do not see red and
// green as others do (after Okabe and Ito's palette), and contrasts that tools/check_report.py
// computes.
#pragma once

#include <string>

namespace fairprune {

// CSS of the whole page.
std::string PageStyle();
// CSS of a picture in a file of its own.
std::string PictureStyle();

}  // namespace fairprune
