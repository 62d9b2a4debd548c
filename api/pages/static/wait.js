// Looks again for a payer who waits, without throwing the page away under a screen reader. Without this the page
// refreshes itself (noscript), and the button does it by hand.
(function () {
  "use strict";
  function later() {
    var waiting = document.querySelector("[data-look-after]");
    if (waiting) setTimeout(look, 1000 * Number(waiting.dataset.lookAfter), waiting.querySelector("a.button").href);
  }
  function look(address) {
    fetch(address, { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) return location.replace(answer.url);
      return answer.text().then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
        if (!fresh) return location.replace(address);
        document.getElementById("main").innerHTML = fresh.innerHTML;
        later();
      });
    }).catch(later);
  }
  later();
})();
