using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Entities;

namespace LifelongApi.Learning.Compilation;

/// <content>Lags, windows, elapsed time and the order of events.</content>
internal sealed partial class SpecValidator
{
    public const int DefaultHistoryEntities = 1024;
    private const int MostHistories = 64;
    private const int Deepest = 1024;
    private const int LongestFeatureName = 256;
    private const double MostSeconds = 1e9;

    private void CheckHistory(InputSpec input)
    {
        var lags = input.Lags ?? [];
        var windows = input.Windows ?? [];
        if (input.Kind != InputKind.Named && HistoryFeatures.CountOf(input) > 0)
        {
            Add(lags.Count > 0 ? "input.lags" : windows.Count > 0 ? "input.windows" : "input.elapsed", "only named features have a history; leave it out or use kind 'named'");
        }

        Range("input.lags", lags.Count, 0, MostHistories);
        Range("input.windows", windows.Count, 0, MostHistories);
        for (var i = 0; i < lags.Count; i++)
        {
            CheckFeatureName($"input.lags[{i}].feature", lags[i].Feature);
            Range($"input.lags[{i}].steps", lags[i].Steps, 1, Deepest);
            CheckTwice($"input.lags[{i}]", lags, i);
        }

        for (var i = 0; i < windows.Count; i++)
        {
            CheckFeatureName($"input.windows[{i}].feature", windows[i].Feature);
            Range($"input.windows[{i}].events", windows[i].Events, 2, Deepest);
            Range($"input.windows[{i}].seconds", windows[i].Seconds, 1e-6, MostSeconds);
            CheckTwice($"input.windows[{i}]", windows, i);
        }

        for (var i = 0; i < (input.Elapsed?.Count ?? 0); i++)
        {
            CheckTwice($"input.elapsed[{i}]", input.Elapsed!, i);
        }

        Range("input.historyEntities", input.HistoryEntities, 1, 65536);
        if (HistoryFeatures.CountOf(input) == 0 && input.Order is null)
        {
            Absent("input.historyEntities", input.HistoryEntities, "there are no lags, windows or order to keep; leave it out");
        }

        CheckOrder(input);
        var floats = HistoryFloats(input, input.HistoryEntities ?? DefaultHistoryEntities);
        if (floats > 1 << 24)
        {
            Add("input.historyEntities", $"histories of {floats} numbers are more than 2^24; keep fewer entities, or shorter lags and windows");
        }
    }

    /// <summary>Numbers that the histories of so many entities take.</summary>
    private static long HistoryFloats(InputSpec input, int entities) =>
        (input.Lags ?? []).Select(lag => (lag.Feature, lag.Scope, Depth: lag.Steps, Width: 1)).Concat((input.Windows ?? []).Select(window => (window.Feature, window.Scope, Depth: window.Events, Width: 3)))
            .GroupBy(one => (one.Feature, one.Scope)).Sum(group => (group.Key.Scope == HistoryScope.Entity ? entities : 1L) * group.Max(one => one.Depth) * group.Max(one => one.Width));

    private void CheckOrder(InputSpec input)
    {
        if (input.Order is not { } order)
        {
            return;
        }

        Range("input.order.latenessSeconds", order.LatenessSeconds, 0, MostSeconds);
        Range("input.order.aheadSeconds", order.AheadSeconds, 0, MostSeconds);
        if (order.Late == LatePolicy.IgnoreForWindows && HistoryFeatures.CountOf(input) == 0)
        {
            Add("input.order.late", "there are no lags, windows or elapsed time to ignore late events for; declare some, or use 'accept' or 'reject'");
        }
    }

    private void CheckFeatureName(string field, string name)
    {
        if (string.IsNullOrEmpty(name) || System.Text.Encoding.UTF8.GetByteCount(name) > LongestFeatureName)
        {
            Add(field, $"is the name of a feature: 1 … {LongestFeatureName} bytes");
        }
    }

    private void CheckTwice<T>(string field, IReadOnlyList<T> all, int index)
    {
        if (all.Take(index).Contains(all[index]))
        {
            Add(field, "is declared twice; once is enough");
        }
    }
}
