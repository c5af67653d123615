using System.Globalization;
using LifelongApi.Contracts.Learning;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LifelongApi.Cli.Output;

/// <summary>The accuracy matrix as a table: a row per task that ended, a column per task that is probed.</summary>
internal static class ScenarioTable
{
    // A wider table does not fit a terminal.
    private const int MostColumns = 20;

    internal static IRenderable Render(ScenarioMetrics scenario)
    {
        var first = Math.Max(0, scenario.Tasks.Count - MostColumns);
        var rows = new List<string[]> { Row("untrained", scenario.Untrained, first) };
        rows.AddRange(scenario.Rows.Skip(first).Select(row => Row(row.Task!, row.Scores, first)));
        rows.Add(Row("now", scenario.Now.Scores, first));
        var title = $"{(scenario.Measure == "accuracy" ? "accuracy" : "mean absolute error")} on (columns) after (rows)" + (first > 0 ? $", the newest {MostColumns} tasks" : "");
        return new Spectre.Console.Rows(
            PlainTable.Of(title, ["after", .. scenario.Tasks.Skip(first).Select(Name)], rows),
            new Text(Summary("at the last end", scenario.AtLastEnd)),
            new Text(Summary("at present", scenario.AtPresent)),
            new Text(Notes(scenario)));
    }

    private static string[] Row(string name, IReadOnlyList<double?> scores, int first) =>
        [name, .. scores.Skip(first).Select(score => score is { } number ? number.ToString("F4", CultureInfo.InvariantCulture) : "-")];

    private static string Name(ScenarioTask task) => task.Source == "journal" ? task.Task + "*" : task.Task;

    private static string Summary(string when, ScenarioSummary summary) =>
        $"{when}: average {Number(summary.AverageScore)}, forgetting {Number(summary.Forgetting)}, backward transfer {Number(summary.BackwardTransfer)}, forward transfer {Number(summary.ForwardTransfer)}";

    private static string Notes(ScenarioMetrics scenario)
    {
        var notes = new List<string>();
        if (scenario.Tasks.Any(task => task.Source == "journal"))
        {
            notes.Add("* a sample of what was learned: retention, not generalisation");
        }

        if (scenario.Pending > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{scenario.Pending} rows are still being computed"));
        }

        if (scenario.Failure is { } failure)
        {
            notes.Add(failure);
        }

        if (scenario.Rest is { } rest)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{rest.TaskCount} older tasks are left out"));
        }

        return string.Join("; ", notes);
    }

    private static string Number(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture) ?? "-";
}
