using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Maintenance;

/// <summary>What happens between steps.</summary>
public interface IMaintenance
{
    /// <summary>Whether the moment has come; called once after every step and at every task end, and may keep its own counts.</summary>
    /// <param name="taskEnded">Whether a task has just ended; else a step has.</param>
    /// <param name="step">The step.</param>
    /// <returns>Whether <see cref="Run"/> is to be called now.</returns>
    bool IsDue(bool taskEnded, in StepContext step);

    /// <summary>Does the work.</summary>
    /// <param name="learner">The program, for work that learns again.</param>
    /// <param name="step">The step.</param>
    void Run(Learner learner, in StepContext step);

    /// <summary>Does one slice of the work that a quiet time is for.</summary>
    /// <param name="learner">The program, for work that learns again.</param>
    /// <param name="step">The step.</param>
    /// <returns>Whether anchors moved.</returns>
    bool Sleep(Learner learner, in StepContext step) => false;

    /// <summary>Whether <see cref="Run"/> moves anchors.</summary>
    bool MovesAnchors => true;
}

/// <summary>A part that has something to consolidate.</summary>
public interface IConsolidate
{
    /// <summary>Folds what was observed since the last time into importance and moves the anchor to the present weights.</summary>
    /// <param name="step">A learning step.</param>
    void Consolidate(in StepContext step);
}
