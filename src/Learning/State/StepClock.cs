namespace LifelongApi.Learning.State;

/// <summary>Counts the model's learning steps. Part of the learned state, so that every fold counts alike.</summary>
/// <remarks>Reserves: one 64-bit count in Read.</remarks>
/// <param name="layout">Layout of the program.</param>
public sealed class StepClock(LayoutBuilder layout)
{
    private readonly Slot _count = layout.Vector(Region.Read, "clock.steps", 2);

    /// <summary>Steps finished so far.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The count.</returns>
    public long Read(in StepContext step) => step.ViewLongs(_count)[0];

    /// <summary>Ends a step.</summary>
    /// <param name="step">The step.</param>
    public void Advance(in StepContext step) => step.WriteLongs(_count)[0]++;
}
