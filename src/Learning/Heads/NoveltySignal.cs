using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>How surprising the event at hand is, for parts that learn less from what is unusual.</summary>
/// <remarks>Reserves: surprise, score and whether there is a score in Scratch.</remarks>
/// <param name="layout">Layout of the program.</param>
public sealed class NoveltySignal(LayoutBuilder layout)
{
    private readonly Slot _signal = layout.Vector(Region.Scratch, "head.novelty", 3);

    /// <summary>Sets the signal for the step at hand.</summary>
    /// <param name="surprise">−ln p of the event.</param>
    /// <param name="score">0 at the median of surprises, 1 at the threshold; NaN where neither is known.</param>
    /// <param name="step">The step.</param>
    public void Give(float surprise, float score, in StepContext step)
    {
        var signal = step.Write(_signal);
        signal[0] = surprise;
        signal[1] = float.IsNaN(score) ? 0f : score;
        signal[2] = float.IsNaN(score) ? 0f : 1f;
    }

    /// <summary>−ln p of the event.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The surprise.</returns>
    public float Surprise(in StepContext step) => step.View(_signal)[0];

    /// <summary>The score; 0 where there is none.</summary>
    /// <param name="step">The step.</param>
    /// <returns>0 at the median, 1 at the threshold.</returns>
    public float Score(in StepContext step) => step.View(_signal)[1];

    /// <summary>Whether there is a score.</summary>
    /// <param name="step">The step.</param>
    /// <returns>False before enough events were seen.</returns>
    public bool IsKnown(in StepContext step) => step.View(_signal)[2] > 0f;
}
