using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// Drift detection method (Gama, Medas, Castillo and Rodrigues 2004): with p the rate of wrong labels over n events and s = √(p (1 − p) / n), the lowest p + s is kept
/// as p_min, s_min; drift where p + s > p_min + 3 s_min, after which it begins anew. Deviation: of their two thresholds only that of drift is used, not that of warning.
/// </summary>
/// <remarks>Reserves: n, p, p_min, s_min and whether there is a minimum, as doubles in Plastic, besides what <see cref="DriftModulator"/> does.</remarks>
/// <param name="layout">Layout of the program.</param>
/// <param name="spec">Threshold in standard deviations and the events before the first test.</param>
public sealed class Ddm(LayoutBuilder layout, DdmSpec spec) : DriftModulator(layout, spec, DriftSignal.Error, 5)
{
    private const int Count = 0;
    private const int Rate = 1;
    private const int LowestRate = 2;
    private const int LowestDeviation = 3;
    private const int HasLowest = 4;

    /// <inheritdoc/>
    protected override bool Detect(double signal, Span<double> state)
    {
        state[Count]++;
        state[Rate] += (signal - state[Rate]) / state[Count];
        if (state[Count] <= spec.MinimumEvents)
        {
            return false;
        }

        var rate = state[Rate];
        var deviation = Math.Sqrt(Math.Max(0d, rate * (1d - rate) / state[Count]));
        if (state[HasLowest] == 0d || rate + deviation <= state[LowestRate] + state[LowestDeviation])
        {
            (state[LowestRate], state[LowestDeviation], state[HasLowest]) = (rate, deviation, 1d);
        }

        if (!(rate + deviation > state[LowestRate] + (spec.Threshold * state[LowestDeviation])))
        {
            return false;
        }

        state.Clear();
        return true;
    }
}
