// The year slider of the calendar: one year's figures, its column, and its place on the lines.
(() => {
  const input = document.querySelector(".year input"), told = JSON.parse(document.getElementById("years").textContent);
  const show = () => {
    const k = Number(input.value);
    document.querySelector(".year output").textContent = told[k].year;
    document.querySelector(".year p").textContent = told[k].text;
    for (const cell of document.querySelectorAll("[data-y]")) cell.classList.toggle("on", Number(cell.dataset.y) === k);
    for (const svg of document.querySelectorAll("svg[data-step]")) {
      const x = Number(svg.dataset.left) + k * Number(svg.dataset.step), line = svg.querySelector(".now");
      line.setAttribute("x1", x); line.setAttribute("x2", x);
    }
  };
  document.body.classList.add("live");
  input.addEventListener("input", show);
  show();
})();
