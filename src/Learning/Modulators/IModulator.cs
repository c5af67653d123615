using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>What the present moment is worth.</summary>
public interface IModulator
{
    /// <summary>Senses one event.</summary>
    /// <param name="outcome">How the event turned out.</param>
    /// <param name="step">The step; writes the modulator's own slots.</param>
    /// <returns>The level from now on, in [−1, 1]; uncertainties are in [0, 1].</returns>
    float Sense(in StepOutcome outcome, in StepContext step);
}
