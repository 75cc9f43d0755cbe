#include "report/page_style.h"

#include <fmt/core.h>

namespace fairprune {
namespace {

// up/down: a log-likelihood that rose or fell by three degrees.
constexpr const char* kLight =
    "--page:#ffffff;--card:#f4f6f8;--ink:#1a1f24;--muted:#545d66;--line:#d3d9df;--link:#00558c;"
    "--good:#0072b2;--bad:#b84500;--text:#007557;--cloud:#6b7680;--other:#9a4a86;"
    "--up1:#dcecf7;--up2:#b1d6ee;--up3:#7dbae2;--down1:#fdebdd;--down2:#fbcfae;--down3:#f4a871;";
constexpr const char* kDark =
    "--page:#14181c;--card:#1e242a;--ink:#e8ecef;--muted:#a9b3bc;--line:#3a434c;--link:#7cc0f0;"
    "--good:#5cb3ec;--bad:#f39a55;--text:#45c7a2;--cloud:#8f9aa4;--other:#d896c4;"
    "--up1:#16334a;--up2:#154a72;--up3:#155f98;--down1:#45291a;--down2:#693a1b;--down3:#8a4a1c;";

constexpr const char* kPicture = R"css(
svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
svg text{font-size:12px;fill:var(--ink)}
svg text.m{fill:var(--muted)}
svg text.s{font-size:11px;fill:var(--muted)}
svg text.b{font-weight:600}
.paper{fill:var(--page)}
.grid{stroke:var(--line);stroke-width:1}
.zero{stroke:var(--muted);stroke-width:1.2}
.whisker{stroke:var(--muted);stroke-width:2}
.whisker.good{stroke:var(--good)}.whisker.bad{stroke:var(--bad)}
.band{fill:var(--cloud);fill-opacity:.28}
.p-good{fill:var(--good)}.p-bad{fill:var(--bad)}.p-none{fill:var(--muted)}
.cloud{fill:none;stroke:var(--cloud);stroke-width:1.3}
.chosen{fill:var(--good);stroke:var(--page);stroke-width:1}
.f0{color:var(--good)}.f1{color:var(--other)}.f2{color:var(--text)}
.mark{fill:currentColor;stroke:var(--page);stroke-width:1}
.path{stroke:currentColor;stroke-width:1.4;fill:none;stroke-opacity:.7}
.first{fill:var(--good)}.second{fill:var(--bad)}
.link{stroke:var(--muted);stroke-width:1;stroke-opacity:.6}
.heat{fill:var(--good)}
.before{fill:var(--cloud);fill-opacity:.55}
.after{fill:none;stroke:var(--good);stroke-width:2}
.cell{fill:var(--card)}
)css";

constexpr const char* kPage = R"css(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
a{color:var(--link)}
a:focus-visible,.scroll:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem}
.eyebrow{color:var(--muted);font-size:.875rem;letter-spacing:.04em;text-transform:uppercase;margin:0}
h1{font-size:clamp(1.35rem,3.2vw,1.75rem);line-height:1.2;margin:.2rem 0 1.2rem;overflow-wrap:anywhere}
h2{font-size:1.4rem;line-height:1.25;margin:3.2rem 0 .6rem;padding-top:1.1rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.8rem 0 .4rem}
p{max-width:46rem;margin:.5rem 0}
.verdict{font-size:clamp(1.2rem,2.8vw,1.55rem);line-height:1.38;font-weight:600;max-width:52rem;margin:0 0 1rem}
.muted,figcaption,caption{color:var(--muted)}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:0;margin:1.4rem 0 0;font-size:.95rem}
nav a{display:inline-block;padding:.25rem 0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(15.5rem,1fr));gap:.8rem;padding:0;margin:1.4rem 0;list-style:none}
.card{background:var(--card);border-radius:.6rem;padding:.85rem 1rem;border-left:.3rem solid var(--cloud)}
.card.good{border-color:var(--good)}.card.bad{border-color:var(--bad)}
.card p{margin:0}
.card .name{font-size:.95rem;overflow-wrap:anywhere}
.card .value{font-size:1.7rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;white-space:nowrap}
.card .note{font-size:.875rem;color:var(--muted)}
figure{margin:1.2rem 0}
figcaption{font-size:.9rem;max-width:46rem;margin-top:.5rem}
svg{display:block;width:100%;height:auto}
.narrow{max-width:28rem}
.wide{max-width:54rem}
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(18rem,100%),1fr));gap:1.2rem 1.6rem;max-width:64rem}
.multiples figure{margin:0;max-width:30rem}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:min(100%,30rem)}
caption{text-align:left;font-size:.9rem;padding:0 0 .45rem;max-width:46rem}
caption span{display:block;position:sticky;left:0;max-width:min(46rem,calc(100vw - 2.5rem))}
tbody th{min-width:8.5rem}
td .hash{display:inline-block;min-width:17rem}
th,td{padding:.35rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{border-bottom:2px solid var(--line);font-weight:600;color:var(--muted)}
tbody th{font-weight:500}
th:first-child,td:first-child{padding-left:0}
.n{text-align:right;white-space:nowrap}
thead .n{white-space:normal}
.hash,code,pre{font-family:ui-monospace,"Cascadia Mono","SF Mono",Menlo,"DejaVu Sans Mono",monospace;font-size:.85em}
.hash{overflow-wrap:anywhere}
pre{background:var(--card);padding:.8rem 1rem;border-radius:.5rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;margin:.6rem 0}
td.good{background:var(--up2)}td.bad{background:var(--down2)}
.item{border-top:1px solid var(--line);padding:.8rem 0;margin:0;max-width:58rem}
.item h4{margin:0;font-size:.95rem;font-weight:600}
.item h4 .muted{font-weight:400}
.wording{margin:.35rem 0 0;display:grid;grid-template-columns:9.5rem 1fr;gap:0 .8rem}
.wording .role{color:var(--muted);font-size:.85rem;padding-top:.2rem}
.wording .tokens{line-height:1.95}
.wording .sum{grid-column:2;font-size:.85rem;color:var(--muted);font-variant-numeric:tabular-nums}
.k{padding:.12em 0;border-bottom:2px solid transparent;white-space:pre-wrap}
.k.u1,.k.u2,.k.u3{border-bottom:2px solid var(--good)}
.k.d1,.k.d2,.k.d3{border-bottom:2px dashed var(--bad)}
.u1{background:var(--up1)}.u2{background:var(--up2)}.u3{background:var(--up3)}
.d1{background:var(--down1)}.d2{background:var(--down2)}.d3{background:var(--down3)}
.c{color:var(--muted)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;list-style:none;padding:0;margin:.5rem 0;font-size:.9rem}
.legend .k{padding:.1em .4em}
.legend svg{display:inline-block;width:1rem;height:1rem;vertical-align:-.15em;margin-right:.35rem}
details{margin:.8rem 0}
summary{cursor:pointer;padding:.3rem 0;font-weight:500}
ul.plain{padding-left:1.1rem;max-width:46rem}
ul.plain li{margin:.25rem 0}
footer{color:var(--muted);font-size:.9rem;padding-top:2.5rem;padding-bottom:3rem}
@media (max-width:36rem){
.wording{grid-template-columns:1fr}.wording .sum{grid-column:1}
h2{margin-top:2.4rem}
svg.wide text{font-size:22px}svg.wide text.s{font-size:20px}
}
@media print{
@page{margin:1.6cm}
body{font-size:10.5pt}
header{padding-top:0}
nav,.skip{display:none}
main,header,footer{max-width:none;padding:0}
h2,h3,h4{break-after:avoid}
figure,.card,.item,tr{break-inside:avoid}
.scroll{overflow:visible}
table{font-size:8.5pt}
.multiples table{min-width:0}
.multiples th,.multiples td{padding:.15rem .35rem;min-width:0;font-size:6.5pt}
pre{border:1px solid var(--line)}
details::details-content{content-visibility:visible;block-size:auto}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
)css";

std::string Colours() {
  return fmt::format(
      ":root{{color-scheme:light dark;{0}}}\n@media (prefers-color-scheme:dark){{:root{{{1}}}}}\n"
      "@media print{{:root{{color-scheme:light;{0}}}}}\n",
      kLight, kDark);
}

}  // namespace

std::string PageStyle() { return Colours() + kPicture + kPage; }

std::string PictureStyle() { return Colours() + kPicture; }

}  // namespace fairprune
