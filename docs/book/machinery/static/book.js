// The live page is loaded when its button is pressed: it has 25 MB.
document.addEventListener('click', (event) => {
  const frame = event.target.closest('.live-frame button')?.closest('.live-frame');
  if (!frame) return;
  const page = document.createElement('iframe');
  page.src = frame.dataset.address;
  page.title = 'The live page';
  frame.querySelector('img').replaceWith(page);
  event.target.remove();
});
