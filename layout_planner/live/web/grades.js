// Grades as the command line writes them: "4-6", "1", "k1-k3" (kindergarten grades lie below the first). No page, no state.

const label = (grade) => (grade < 1 ? `k${grade + 3}` : String(grade));

// Runs of neighbours become bands.
function formatGrades(grades) {
  const parts = [];
  for (const grade of [...grades].sort((a, b) => a - b)) {
    const last = parts[parts.length - 1];
    if (last && last[1] === grade - 1) last[1] = grade;
    else parts.push([grade, grade]);
  }
  return parts.map(([low, high]) => (low === high ? label(low) : `${label(low)}-${label(high)}`)).join(",");
}

export { formatGrades };
