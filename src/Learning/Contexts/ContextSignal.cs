using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Contexts;

/// <summary>The context that the step at hand belongs to, for parts that have something of their own for each.</summary>
/// <remarks>Reserves: the number of the context as a 32-bit integer in Scratch.</remarks>
/// <param name="layout">Layout of the program.</param>
public sealed class ContextSignal(LayoutBuilder layout)
{
    private readonly Slot _current = layout.Vector(Region.Scratch, "context.current", 1);

    /// <summary>Sets the signal for the step at hand.</summary>
    /// <param name="context">Number of the context.</param>
    /// <param name="step">The step.</param>
    public void Give(int context, in StepContext step) => step.WriteIntegers(_current)[0] = context;

    /// <summary>Number of the context.</summary>
    /// <param name="step">The step.</param>
    /// <returns>0 … most contexts − 1.</returns>
    public int Current(in StepContext step) => step.ViewIntegers(_current)[0];
}
