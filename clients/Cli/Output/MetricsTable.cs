using System.Globalization;
using LifelongApi.Contracts.Learning;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LifelongApi.Cli.Output;

/// <summary>A model's metrics as a table, or as one line where there is no terminal.</summary>
internal static class MetricsTable
{
    internal static IRenderable Render(string model, ModelMetrics metrics)
    {
        var isClassifier = metrics.Classes is not null;
        var rows = new List<string[]>();
        Add("all", metrics.Total);
        Add(string.Create(CultureInfo.InvariantCulture, $"last {metrics.WindowSize}"), metrics.Window);
        Add(isClassifier ? "baseline: last class" : "baseline: last value", metrics.Baselines.NoChange);
        Add(isClassifier ? "baseline: majority" : "baseline: mean", metrics.Baselines.Majority);
        for (var i = 0; i < (metrics.Outputs?.Count ?? 0); i++)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"output {i}"), metrics.Outputs![i]);
        }

        foreach (var (name, summary) in metrics.Tasks ?? new Dictionary<string, MetricSummary>())
        {
            Add($"task {name}", summary);
        }

        foreach (var (name, summary) in metrics.Classes ?? new Dictionary<string, MetricSummary>())
        {
            Add($"class {name}", summary);
        }

        var scores = PlainTable.Of($"{model} at {metrics.Position}", ["over", "count", "accuracy", "log-loss", "mean abs. error", "root m. sq. error", "kappa", "kappa-temporal", "R²"], rows);
        IRenderable[] quality = isClassifier ? [QualityTable.Render(QualityRows(metrics)), .. QualityTable.Render(metrics.Confusion) is { } confusion ? [confusion] : Array.Empty<IRenderable>()] : [];
        return new Spectre.Console.Rows(
        [
            scores,
            .. quality,
            new Text("modulators: " + string.Join(", ", metrics.Modulators.Select(level => string.Create(CultureInfo.InvariantCulture, $"{level.Key} {level.Value:F3}")))),
            new Text("events: " + string.Join(", ", metrics.Events.Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value}"))) +
                string.Create(CultureInfo.InvariantCulture, $"; consolidations: {metrics.Consolidations}") + Anomalies(metrics.Anomalies) +
                (metrics.Drift is { } drift ? string.Create(CultureInfo.InvariantCulture, $"; drift: {drift.Count}") + (drift.Last.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", last at {drift.Last[^1].Sequence}")) : "")),
        ]);

        static string Anomalies(AnomalyMetrics? anomalies) => anomalies is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; anomalies: {anomalies.Anomalies} of {anomalies.Count}, last {anomalies.Window}: {anomalies.Rate:P2}, threshold {anomalies.Threshold:F3}");

        void Add(string name, MetricSummary summary) => rows.Add(
        [
            name,
            summary.Count.ToString(CultureInfo.InvariantCulture),
            Number(summary.Accuracy),
            Number(summary.LogLoss),
            Number(summary.MeanAbsoluteError),
            Number(summary.RootMeanSquaredError),
            Number(summary.Kappa),
            Number(summary.KappaTemporal),
            Number(summary.RSquared),
        ]);
    }

    private static IEnumerable<(string Name, MetricSummary Summary)> QualityRows(ModelMetrics metrics) =>
    [
        ("all", metrics.Total),
        (string.Create(CultureInfo.InvariantCulture, $"last {metrics.WindowSize}"), metrics.Window),
        ("baseline: last class", metrics.Baselines.NoChange),
        ("baseline: majority", metrics.Baselines.Majority),
        .. (metrics.Classes ?? new Dictionary<string, MetricSummary>()).Select(pair => ($"class {pair.Key}", pair.Value)),
    ];

    internal static string Line(string model, ModelMetrics metrics)
    {
        if (metrics.Anomalies is { } anomalies)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{model} at {metrics.Position}: {anomalies.Count} judged, {anomalies.Anomalies} anomalies, last {anomalies.Window}: {anomalies.Rate:P2}");
        }

        var quality = metrics.Window.Accuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $"accuracy {metrics.Total.Accuracy:F4}, last {metrics.WindowSize}: {accuracy:F4}")
            : string.Create(CultureInfo.InvariantCulture, $"mean absolute error {metrics.Total.MeanAbsoluteError:G4}, last {metrics.WindowSize}: {metrics.Window.MeanAbsoluteError:G4}");
        return string.Create(CultureInfo.InvariantCulture, $"{model} at {metrics.Position}: {metrics.Total.Count} scored, {quality}");
    }

    private static string Number(double? value) => value?.ToString("G5", CultureInfo.InvariantCulture) ?? "";
}
