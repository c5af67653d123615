using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// Adaptive windowing (Bifet and Gavaldà 2007, ADWIN2 with the bound of their section 4.1 that uses the variance): the window W over the signal loses its oldest part
/// as long as it can be cut into W₀, W₁ with |mean W₀ − mean W₁| > √(2 σ² δ′ / m) + ⅔ δ′ / m, 1/m = 1/|W₀| + 1/|W₁|, δ′ = ln(2 ln |W| / δ).
/// Drift is a cut after which the mean is higher, as in MOA: a loss that falls is learning. Deviations, both MOA's: |W₀| and |W₁| count 4 less in m and are at least 5,
/// and the test runs every <c>clock</c> events over a window of more than 10.
/// </summary>
/// <remarks>Reserves: the histogram (<see cref="AdaptiveWindow"/>) as doubles in Plastic, besides what <see cref="DriftModulator"/> does.</remarks>
/// <param name="layout">Layout of the program.</param>
/// <param name="spec">δ, clock and rows.</param>
public sealed class Adwin(LayoutBuilder layout, AdwinSpec spec) : DriftModulator(layout, spec, spec.Signal, 1 + AdaptiveWindow.LengthOf(spec.Rows))
{
    private const int Tick = 0;
    private const double SmallestTested = 10;

    // The shortest decimal form is what the spec says: 0.002 and not the float next to it.
    private readonly double _delta = (double)(decimal)spec.Delta;

    /// <inheritdoc/>
    protected override bool Detect(double signal, Span<double> state)
    {
        var window = new AdaptiveWindow(state[1..], spec.Rows);
        var before = window.Mean;
        window.Add(signal);
        state[Tick]++;
        if (state[Tick] < spec.Clock)
        {
            return false;
        }

        state[Tick] = 0d;
        return window.Count > SmallestTested && window.Shrink(_delta) && window.Mean > before;
    }
}
