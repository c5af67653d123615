namespace LifelongApi.Learning.State;

/// <summary>The class that the event at hand names, for parts that follow the label itself and not an error.</summary>
/// <remarks>Reserves: label and number of classes known as 32-bit integers in Scratch.</remarks>
/// <param name="layout">Layout of the program.</param>
public sealed class TeachingSignal(LayoutBuilder layout)
{
    /// <summary>The label of an event without one.</summary>
    public const int Nobody = -1;

    private readonly Slot _label = layout.Vector(Region.Scratch, "head.teaching", 2);

    /// <summary>Sets the signal for the step at hand.</summary>
    /// <param name="label">Class id, or <see cref="Nobody"/>.</param>
    /// <param name="classCount">Classes known, this one included.</param>
    /// <param name="step">The step.</param>
    public void Give(int label, int classCount, in StepContext step)
    {
        var signal = step.WriteIntegers(_label);
        signal[0] = label;
        signal[1] = classCount;
    }

    /// <summary>The class id, or <see cref="Nobody"/>.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The id.</returns>
    public int Label(in StepContext step) => step.ViewIntegers(_label)[0];

    /// <summary>Classes known, the label included.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The number.</returns>
    public int ClassCount(in StepContext step) => step.ViewIntegers(_label)[1];
}
