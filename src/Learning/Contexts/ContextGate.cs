using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Contexts;

/// <summary>
/// Which units of a population a context lets work: a block of its own, the others are silent (context-dependent gating, Masse, Grant and Freedman 2018).
/// Deviation: blocks do not overlap, so nothing that a context learned is touched by another, and silent blocks cost nothing; in the paper subsets are random and overlap.
/// </summary>
/// <param name="signal">The context at hand.</param>
/// <param name="width">Units of a block, a multiple of 16.</param>
public sealed class ContextGate(ContextSignal signal, int width)
{
    /// <summary>The units that work in this step.</summary>
    /// <param name="step">The step.</param>
    /// <returns>A range of units in whole lines.</returns>
    public ColumnWindow Window(in StepContext step) => new(signal.Current(step) * width, width);
}
