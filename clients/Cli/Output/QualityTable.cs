using System.Globalization;
using LifelongApi.Contracts.Learning;
using Spectre.Console.Rendering;

namespace LifelongApi.Cli.Output;

/// <summary>What probabilities are worth, and which classes were answered as which.</summary>
internal static class QualityTable
{
    // A wider table does not fit a terminal.
    private const int MostColumns = 20;

    internal static IRenderable Render(IEnumerable<(string Name, MetricSummary Summary)> rows) => PlainTable.Of(
        null,
        ["over", "count", "AUC", "PR-AUC", "calibration error", "Brier", "precision", "recall", "F1"],
        [.. rows.Select(row => new[]
        {
            row.Name,
            row.Summary.Count.ToString(CultureInfo.InvariantCulture),
            WithError(row.Summary.Auc, row.Summary.AucError),
            WithError(row.Summary.PrAuc, row.Summary.PrAucError),
            Number(row.Summary.CalibrationError),
            Number(row.Summary.Brier),
            Number(row.Summary.Precision),
            Number(row.Summary.Recall),
            Number(row.Summary.F1),
        })]);

    internal static IRenderable? Render(ConfusionMetrics? confusion)
    {
        if (confusion is null || confusion.Labels.Count is 0 or > MostColumns)
        {
            return null;
        }

        return PlainTable.Of(
            "actual \\ predicted",
            ["", .. confusion.Labels, "(none)"],
            [.. confusion.Labels.Select((name, row) => (string[])[name, .. confusion.Counts[row].Select(Count), confusion.Unanswered[row] == 0 ? "" : Count(confusion.Unanswered[row])])]);
    }

    private static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture) ?? "";

    /// <summary>An error below half of the last digit shown is none.</summary>
    private static string WithError(double? value, double? error) => Number(value) + (error is { } bound && bound >= 0.00005 ? " ± " + Number(bound) : "");
}
