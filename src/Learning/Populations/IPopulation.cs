using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>Drive to activity: what a population of units does in a step.</summary>
public interface IPopulation
{
    /// <summary>Turns the drive into activity and slope and lists the active units.</summary>
    /// <param name="step">The step; writes the population's own slots.</param>
    void Advance(in StepContext step);
}
