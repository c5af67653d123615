using System.Globalization;
using System.Text;

namespace LifelongApi.Experiments.Harness;

/// <summary>
/// The evidence table: made of report lines, which are kept in a folder with one file of JSON lines per experiment, so that long experiments can be run one by one.
/// The newest line that measured a metric is the one that counts.
/// </summary>
internal static class Evidence
{
    private const string Begin = "<!-- table: begin -->";
    private const string End = "<!-- table: end -->";

    /// <summary>The lines kept in a folder, oldest first.</summary>
    public static IReadOnlyList<ReportLine> Read(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines).Where(text => text.Length > 0).Select(ReportLine.Parse)]
        : throw new DirectoryNotFoundException($"There is no folder {folder}.");

    /// <summary>Keeps a line; lines of the experiment that it measured again in full go.</summary>
    public static void Keep(ReportLine line, string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, line.Experiment + ".jsonl");
        var measured = line.Measurements.Select(row => row.Metric).ToHashSet();
        var older = File.Exists(path) ? File.ReadLines(path).Where(text => text.Length > 0).Where(text => !ReportLine.Parse(text).Measurements.All(row => measured.Contains(row.Metric))) : [];
        File.WriteAllLines(path, [.. older, line.ToString()]);
    }

    /// <summary>The table in Markdown. An experiment without a line has a row that says so.</summary>
    public static string Table(IReadOnlyList<ReportLine> lines, IReadOnlyList<Experiment> experiments)
    {
        var text = new StringBuilder();
        text.Append("| command | protocol | metric | published | bar | ours | seeds | seconds | state, bytes | commit |\n");
        text.Append("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var experiment in experiments)
        {
            var own = lines.Where(line => line.Experiment == experiment.Name).ToList();
            if (own.Count == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"| `{experiment.Name}` | {experiment.Protocol} | | | | not recorded | | | | |\n");
            }

            for (var i = 0; i < own.Count; i++)
            {
                var later = own.Skip(i + 1).SelectMany(line => line.Measurements).Select(row => row.Metric).ToHashSet();
                Rows(own[i], own[i].Measurements.Where(row => !later.Contains(row.Metric)), text);
            }
        }

        return text.ToString();
    }

    /// <summary>Puts the table between the two markers of a page.</summary>
    public static void WriteInto(string page, string table)
    {
        var text = File.ReadAllText(page);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
        {
            throw new ArgumentException($"{page} has no lines '{Begin}' and '{End}' for the table to go between.");
        }

        File.WriteAllText(page, $"{text[..(begin + Begin.Length)]}\n{table}{text[end..]}");
    }

    private static void Rows(ReportLine line, IEnumerable<ReportLine.Row> rows, StringBuilder text)
    {
        var isFirst = true;
        foreach (var row in rows)
        {
            var ours = $"{Report.Number(row.Mean)} ± {Report.Number(row.Std)}{(row.Passed ? string.Empty : " (missed)")}";
            var (command, protocol, seconds, state, commit) = isFirst
                ? ($"`{line.Command}`", line.Protocol, line.Seconds.ToString("F0", CultureInfo.InvariantCulture), line.StateBytes?.ToString("N0", CultureInfo.InvariantCulture), line.Commit)
                : (string.Empty, string.Empty, string.Empty, string.Empty, string.Empty);
            text.Append(CultureInfo.InvariantCulture, $"| {command} | {protocol} | {row.Metric} | {Report.Number(row.Anchor)} | {Report.Bar(row.Bar, row.LowerIsBetter)} | {ours} | {row.Seeds} | {seconds} | {state} | {commit} |\n");
            isFirst = false;
        }
    }
}
