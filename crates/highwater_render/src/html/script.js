const filter = document.querySelector(".filter");
const findings = [...document.querySelectorAll(".finding")];
if (filter) {
  filter.hidden = false;
  filter.addEventListener("click", (event) => {
    const show = event.target.dataset.show;
    if (!show) return;
    for (const finding of findings) finding.hidden = show !== "all" && finding.dataset.severity !== show;
    for (const button of filter.children) button.setAttribute("aria-pressed", String(button === event.target));
  });
}
const unfold = () => {
  const target = location.hash.startsWith("#finding-") && document.getElementById(location.hash.slice(1));
  if (target) {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  }
};
addEventListener("hashchange", unfold);
unfold();
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => (part.open = true)));
