// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

function fill(table, head, rows) {
  table.replaceChildren();
  for (const [kind, cells] of [['th', head], ...rows.map((row) => ['td', row])]) {
    const line = table.insertRow();
    for (const text of cells) {
      const cell = document.createElement(kind);
      cell.textContent = text ?? '';
      line.append(cell);
    }
  }
}

async function show() {
  const standing = document.getElementById('standing');
  try {
    const answer = await fetch('/api/status');
    const status = await answer.json();
    if (!answer.ok) throw new Error(status.detail);
    standing.textContent = (status.paused ? 'Paused: ' + status.paused_reason : 'Not paused') +
      '. As of ' + status.now + '.';
    fill(document.getElementById('queue'), ['State', 'Groups'], Object.entries(status.queue));
    fill(document.getElementById('groups'), ['Group', 'State', 'Stage', 'Error'],
      status.recent_groups.map((group) => [group.group_id, group.state, group.stage, group.error]));
  } catch (error) {
    standing.textContent = 'No answer from the server: ' + error.message;
  }
  setTimeout(show, 5000);
}

show();
