using System.Collections.Concurrent;

namespace LifelongApi.Learning.Compilation;

/// <summary>A compiled program with working memory for those who run it, each with its own while it does. Nothing of a model is in it.</summary>
/// <param name="learner">The program.</param>
internal sealed class ModelProgram(Learner learner)
{
    private readonly ConcurrentBag<PredictWorkspace> _idle = [];

    /// <summary>The program.</summary>
    public Learner Learner => learner;

    /// <summary>Working memory that nobody else uses now; what another model remembered in it is forgotten. Safe for any thread.</summary>
    /// <returns>The memory; give it to <see cref="Return"/>.</returns>
    public PredictWorkspace Rent()
    {
        if (!_idle.TryTake(out var idle))
        {
            return new PredictWorkspace(learner.Layout);
        }

        idle.Forget(learner.Layout);
        return idle;
    }

    /// <summary>Takes working memory back. Safe for any thread.</summary>
    /// <param name="workspace">What <see cref="Rent"/> gave.</param>
    public void Return(PredictWorkspace workspace) => _idle.Add(workspace);

    /// <summary>Frees working memory. Nobody runs the program any more.</summary>
    public void Free()
    {
        while (_idle.TryTake(out var workspace))
        {
            workspace.Dispose();
        }
    }
}
