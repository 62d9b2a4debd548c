// The button that prints the slip.
document.getElementById("print").addEventListener("click", function () { window.print(); });
