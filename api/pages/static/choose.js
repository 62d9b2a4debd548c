// Choosing many rows: all at once, and how many are chosen.
(function () {
  "use strict";
  var form = document.getElementById("waiting");
  if (!form) return;
  var all = form.querySelector(".all");
  var told = form.querySelector(".chosen");
  var rows = Array.prototype.slice.call(form.querySelectorAll("input[name=voucher]"));
  function count() {
    var chosen = rows.filter(function (row) { return row.checked; }).length;
    told.hidden = chosen === 0;
    told.querySelector("b").textContent = chosen;
    all.checked = chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  }
  if (!all) return;
  all.addEventListener("change", function () {
    rows.forEach(function (row) { row.checked = all.checked; });
    count();
  });
  form.addEventListener("change", count);
})();
