using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>Reads the last population as an answer, scores it and turns the error into credit.</summary>
public interface IHead
{
    /// <summary>Writes the answer.</summary>
    /// <param name="classCount">Classes known; ignored for values.</param>
    /// <param name="step">The step.</param>
    /// <param name="prediction">Overwritten.</param>
    void Read(int classCount, in StepContext step, PredictionBuffer prediction);

    /// <summary>Scores the answer against a target and writes the credit of the last population. Writes nothing learned.</summary>
    /// <param name="target">The target.</param>
    /// <param name="step">The step.</param>
    /// <returns>Loss and surprise.</returns>
    StepOutcome Score(in HeadTarget target, in StepContext step);

    /// <summary>Updates what the head itself learns (running statistics of targets); once per learned event.</summary>
    /// <param name="target">The target.</param>
    /// <param name="step">The step.</param>
    void Commit(in HeadTarget target, in StepContext step);

    /// <summary>Sets the credit of units to zero that the head would not train with this target. By default none.</summary>
    /// <param name="target">The target.</param>
    /// <param name="credit">Credit of the last population; shape [outputs].</param>
    /// <param name="step">The step.</param>
    void Restrict(in HeadTarget target, Span<float> credit, in StepContext step)
    {
    }

    /// <summary>Sees that a task began. By default nothing follows.</summary>
    /// <param name="step">A learning step.</param>
    void BeginTask(in StepContext step)
    {
    }
}

/// <summary>A target, as the head sees it.</summary>
public readonly ref struct HeadTarget
{
    /// <summary>Class id, for labels.</summary>
    public int Label { get; init; }

    /// <summary>Classes known, this label included.</summary>
    public int ClassCount { get; init; }

    /// <summary>Numbers to predict in their own units, for values; shape [outputs].</summary>
    public ReadOnlySpan<double> Values { get; init; }
}
