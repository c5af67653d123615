using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>A head of numbers, as far as something moves its answer afterwards.</summary>
public interface IValueHead : IHead
{
    /// <summary>Running standard deviation of a target.</summary>
    /// <param name="output">The output.</param>
    /// <param name="step">The step.</param>
    /// <returns>Above 0; 1 while it is not known.</returns>
    float Deviation(int output, in StepContext step);

    /// <summary>Standard deviation of a target with the one being learned taken in: the unit in which its error is a few at most, however far it lies from those before it.</summary>
    /// <param name="output">The output.</param>
    /// <param name="value">The target.</param>
    /// <param name="step">A learning step before <see cref="IHead.Commit"/>.</param>
    /// <returns>Above 0; 0 for the first target, which says nothing of the spread.</returns>
    float DeviationWith(int output, float value, in StepContext step);

    /// <summary>Loss of an answer, in the unit of <see cref="IHead.Score"/>.</summary>
    /// <param name="target">The target.</param>
    /// <param name="answer">The answer, in the target's own units.</param>
    /// <param name="step">A learning step before <see cref="IHead.Commit"/>.</param>
    /// <returns>The loss.</returns>
    float Loss(in HeadTarget target, ReadOnlySpan<float> answer, in StepContext step);
}
