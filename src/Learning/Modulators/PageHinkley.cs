using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// The test of Page (1954) and Hinkley for a rise of a mean, with forgetting: m ← m + (x − m) / n, s ← max(0, α s + x − m − δ); drift where s ≥ λ,
/// after which it begins anew. x: signal of a scored event, n: events since the last detection. As in River and MOA, of which River's reference traces are met.
/// </summary>
/// <remarks>Reserves: n, m, s as doubles in Plastic, besides what <see cref="DriftModulator"/> does.</remarks>
/// <param name="layout">Layout of the program.</param>
/// <param name="spec">δ, λ, α and the events before the first test.</param>
public sealed class PageHinkley(LayoutBuilder layout, PageHinkleySpec spec) : DriftModulator(layout, spec, spec.Signal, 3)
{
    private const int Count = 0;
    private const int Mean = 1;
    private const int Sum = 2;

    // The shortest decimal form is what the spec says: 0.9999 and not the float next to it.
    private readonly double _decay = (double)(decimal)spec.Decay;
    private readonly double _delta = (double)(decimal)spec.Delta;

    /// <inheritdoc/>
    protected override bool Detect(double signal, Span<double> state)
    {
        state[Count]++;
        state[Mean] += (signal - state[Mean]) / state[Count];
        state[Sum] = Math.Max(0d, (_decay * state[Sum]) + (signal - state[Mean] - _delta));
        if (state[Count] + 1 < spec.MinimumEvents || !(state[Sum] >= spec.Threshold))
        {
            return false;
        }

        state.Clear();
        return true;
    }
}
