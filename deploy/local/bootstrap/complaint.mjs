// What a person must do before Weir can go on: one line, no stack.
export function complaint(message) {
  return Object.assign(new Error(message), { name: 'Complaint' });
}

export function isComplaint(error) {
  return error?.name === 'Complaint';
}

/** Turns what the machine says (disk full, not permitted) into what to do; anything else stays as it is. */
export function explain(error) {
  if (isComplaint(error)) return error;
  const where = error?.path ?? 'its folder';
  if (error?.code === 'ENOSPC')
    return complaint(`The disk is full (${where}): free about 2 GB and run the command again.`);
  if (error?.code === 'EDQUOT')
    return complaint(`Your disk quota is used up (${where}): free about 2 GB and run the command again.`);
  if (error?.code === 'EACCES' || error?.code === 'EPERM' || error?.code === 'EROFS')
    return complaint(`Not permitted: ${where}. Clone Weir into a folder of your own, or point WEIR_STATE_DIR to one.`);
  return error;
}
