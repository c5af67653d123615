using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>Where a modulator's level is kept, for the parts that it modulates.</summary>
/// <param name="Levels">Slot of all levels.</param>
/// <param name="Index">Number of the modulator.</param>
public sealed record ModulatorLevel(Slot Levels, int Index)
{
    /// <summary>The level as last sensed.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>The level.</returns>
    public float Read(in StepContext step) => step.View(Levels)[Index];
}
