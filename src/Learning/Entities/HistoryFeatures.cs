using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>
/// Features that earlier events give the present one: lagged values, windows over the last values, ln(1 + seconds since the last event). They depend on the past of the fold
/// alone, the present value only where a difference asks for it; what is not known yet is left out, as a missing feature is.
/// </summary>
/// <remarks>Reserves: the present value of every feature that is followed, and every derived feature, in Scratch; a <see cref="ValueHistory"/> each.</remarks>
public sealed class HistoryFeatures
{
    private readonly EventOrder _order;
    private readonly Followed[] _followed;
    private readonly Derived[] _derived;
    private readonly Slot _present;
    private readonly Slot _values;

    /// <summary>Reserves the histories.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="entities">Rows of the entities.</param>
    /// <param name="order">Times of last events.</param>
    /// <param name="input">An input that declares lags, windows or elapsed time.</param>
    public HistoryFeatures(LayoutBuilder layout, EntityTable entities, EventOrder order, InputSpec input)
    {
        _order = order;
        var lags = input.Lags ?? [];
        var windows = input.Windows ?? [];
        var keys = lags.Select(lag => (lag.Feature, lag.Scope)).Concat(windows.Select(window => (window.Feature, window.Scope))).Distinct().ToList();
        _followed = [.. keys.Select((key, index) => Follow(layout, entities, key, index, lags, windows))];
        _derived =
        [
            .. lags.Select(lag => new Derived(HashOf("lag", lag.Difference ? "difference" : "value", lag.Feature, lag.Steps, null, lag.Scope)) { Source = keys.IndexOf((lag.Feature, lag.Scope)), Lag = lag }),
            .. windows.Select(window => new Derived(HashOf("window", $"{window.Statistic}", window.Feature, window.Events, window.Seconds, window.Scope)) { Source = keys.IndexOf((window.Feature, window.Scope)), Window = window }),
            .. (input.Elapsed ?? []).Select(scope => new Derived(HashOf("elapsed", "seconds", string.Empty, 1, null, scope)) { Elapsed = scope }),
        ];
        _present = layout.Vector(Region.Scratch, "input.present", Math.Max(1, _followed.Length));
        _values = layout.Vector(Region.Scratch, "input.derived", Math.Max(1, _derived.Length));
    }

    /// <summary>Features that an input's histories can add to an event.</summary>
    /// <param name="input">The input.</param>
    /// <returns>Their number.</returns>
    public static int CountOf(InputSpec input) => (input.Lags?.Count ?? 0) + (input.Windows?.Count ?? 0) + (input.Elapsed?.Count ?? 0);

    /// <summary>Features that it can add to an event.</summary>
    public int Count => _derived.Length;

    /// <summary>Hash under which a derived feature is known.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <returns>The hash.</returns>
    public ulong Hash(int index) => _derived[index].Hash;

    /// <summary>A derived feature of the step's event, after <see cref="Derive"/>.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <param name="step">The step.</param>
    /// <returns>Its value, or NaN where it is not known.</returns>
    public float Value(int index, in StepContext step) => step.View(_values)[index];

    /// <summary>Begins an event: nothing was seen of it yet.</summary>
    /// <param name="step">The step.</param>
    public void Begin(in StepContext step) => step.Write(_present)[.._followed.Length].Fill(float.NaN);

    /// <summary>Sees a number of the event.</summary>
    /// <param name="hash">Hash of its name.</param>
    /// <param name="number">The number.</param>
    /// <param name="step">The step.</param>
    public void See(ulong hash, float number, in StepContext step)
    {
        for (var i = 0; i < _followed.Length; i++)
        {
            if (_followed[i].Hash == hash)
            {
                step.Write(_present)[i] = number;
            }
        }
    }

    /// <summary>Works the derived features out from histories and what was seen. A late event that is not to look at windows has none.</summary>
    /// <param name="step">The step.</param>
    public void Derive(in StepContext step)
    {
        var values = step.Write(_values)[.._derived.Length];
        values.Fill(float.NaN);
        if (_order.IsLate(step))
        {
            return;
        }

        for (var i = 0; i < _derived.Length; i++)
        {
            // Math.Clamp keeps NaN.
            values[i] = Math.Clamp(ValueOf(_derived[i], step), -RunningMoments.LargestNumber, RunningMoments.LargestNumber);
        }
    }

    /// <summary>Takes what was seen into the histories, unless the event is late.</summary>
    /// <param name="step">A learning step whose entity has a row.</param>
    public void Commit(in StepContext step)
    {
        if (_order.IsLate(step))
        {
            return;
        }

        for (var i = 0; i < _followed.Length; i++)
        {
            if (!float.IsNaN(step.View(_present)[i]))
            {
                _followed[i].History.Push(step.View(_present)[i], step);
            }
        }
    }

    private float ValueOf(in Derived derived, in StepContext step)
    {
        if (derived.Lag is { } lag)
        {
            var earlier = _followed[derived.Source].History.Back(lag.Steps, step);
            return lag.Difference ? step.View(_present)[derived.Source] - earlier : earlier;
        }

        if (derived.Window is { } window)
        {
            return _followed[derived.Source].History.Window(window, step.View(_present)[derived.Source], step);
        }

        var latest = _order.Latest(derived.Elapsed, step);
        return latest == Moment.Never || step.Moment.OccurredAt == Moment.Never
            ? float.NaN
            : Elementary.Log(1f + (float)(Math.Max(0, step.Moment.OccurredAt - latest) / 1e6));
    }

    private static Followed Follow(LayoutBuilder layout, EntityTable entities, (string Feature, HistoryScope Scope) key, int index, IReadOnlyList<LagSpec> lags, IReadOnlyList<WindowSpec> windows)
    {
        var ownLags = lags.Where(lag => (lag.Feature, lag.Scope) == key).Select(lag => lag.Steps);
        var ownWindows = windows.Where(window => (window.Feature, window.Scope) == key).ToList();
        var depth = ownLags.Concat(ownWindows.Select(window => window.Events)).Max();
        var history = new ValueHistory(layout, key.Scope == HistoryScope.Entity ? entities : null, $"history.{index}", depth, ownWindows.Exists(window => window.Seconds is not null));
        return new Followed(FeatureHash.OfName(key.Feature), history);
    }

    /// <summary>The name is no caller's: it begins with a control character.</summary>
    private static ulong HashOf(string kind, string what, string feature, int count, double? seconds, HistoryScope scope) =>
        FeatureHash.OfName(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\u0001{kind} {what} {count} {seconds} {scope} {feature}"));

    private readonly record struct Followed(ulong Hash, ValueHistory History);

    private readonly record struct Derived(ulong Hash)
    {
        public int Source { get; init; }

        public LagSpec? Lag { get; init; }

        public WindowSpec? Window { get; init; }

        public HistoryScope Elapsed { get; init; }
    }
}
