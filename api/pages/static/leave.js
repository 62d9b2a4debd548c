// Sends the payer on to the channel at once; without this the button on the page does it.
document.getElementById("to-channel").submit();
